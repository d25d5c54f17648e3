"""A simulated 18F-FET PET of a brain, with its lesions known exactly."""

from functools import cached_property
from typing import Literal

import numpy as np
from scipy.spatial.transform import Rotation

from models.imaging.orientation import reorient
from models.imaging.volume import Volume
from models.imaging.voxel_grid import VoxelGrid
from models.simulation.limits import require_seed
from models.simulation.pet.head import draw_head
from models.simulation.pet.lesions import CONTRASTS, Lesion, draw_lesions
from models.simulation.pet.scanner import draw_scanner
from models.simulation.pet.truth import Injection, PetTruth, TrueLesion
from models.simulation.pet.uptake_map import UptakeMap

GridName = Literal["scanner", "small"]
"""As a scanner makes it, drawn; or 64 x 64 x 40 voxels, as Blanc-Durand's network reads them."""
ORIENTATIONS = ("SPL", "SAR", "SAL", "IPL")
"""In which files store their axes."""
MOST_LESIONS = 6
_WAVE_MM = 350.0
_SMALL_SHAPE, _SMALL_SPACING_MM = (40, 64, 64), (4.5, 3.6, 3.6)
_UNEVEN = 0.05
"""By how much uptake rises and falls over the whole picture."""


class PetScene:
    """One simulated scan; everything about it follows from its seed."""

    def __init__(
        self,
        seed: int,
        *,
        grid: GridName = "scanner",
        num_lesions: int | None = None,
        contrasts: tuple[float, float] = CONTRASTS,
    ) -> None:
        """Draw head, lesions and scanner; nothing is painted yet.

        Raises:
            ValueError: the seed is negative, or more lesions are asked for than can be.
        """
        children = np.random.SeedSequence(require_seed(seed)).spawn(5)
        body_rng, lesion_rng, scan_rng, grid_rng, pose_rng = (np.random.default_rng(one) for one in children)
        if num_lesions is not None and not 0 <= num_lesions <= MOST_LESIONS:
            raise ValueError(f"num_lesions must lie in 0..{MOST_LESIONS}, got {num_lesions}")
        self._seed = seed
        self._head = draw_head(body_rng)
        self._lesions: list[Lesion] = draw_lesions(lesion_rng, self._head, num_lesions, contrasts)
        self._scanner = draw_scanner(scan_rng)
        self._brain_suv = float(scan_rng.uniform(0.8, 1.6))
        self._injection = Injection(
            patient_kg=round(float(scan_rng.uniform(48, 105)), 1),
            dose_bq=round(float(scan_rng.uniform(160e6, 240e6)), -5),
            delay_seconds=float(scan_rng.integers(15 * 60, 30 * 60)),
        )
        self._head_from_patient = _draw_pose(pose_rng)
        self.grid = _draw_grid(grid, grid_rng, self._head.top_mm)

    @cached_property
    def volume(self) -> Volume:
        """The scan, in SUV."""
        painting = UptakeMap(self.grid, self._head_from_patient)
        self._head.paint(painting)
        for lesion in self._lesions:
            painting.paint(lesion.shape, lesion.contrast)
        rng = np.random.default_rng((self._seed, 5))
        seen = self._scanner.scan(painting.uptake, self.grid.spacing_mm, rng)
        seen *= self._brain_suv * _uneven(painting.places, rng)
        return Volume(
            voxels=np.asarray(seen[None], np.float32),
            grid=self.grid,
            source_id=f"simulated PET {self._seed}",
            channel_names=("uptake",),
            modality="PT",
            intensity_unit="SUV",
        )

    @cached_property
    def labels(self) -> np.ndarray:
        """Number of the lesion at each voxel's centre, uint8, shape (D, H, W) of the grid; 0 where there is none."""
        painting = UptakeMap(self.grid, self._head_from_patient)
        labels = np.zeros(self.grid.shape, np.uint8)
        for number, lesion in enumerate(self._lesions, 1):
            labels[painting.within(lesion.shape)] = number
        return labels

    @cached_property
    def truth(self) -> PetTruth:
        return PetTruth(
            seed=self._seed,
            tracer="18F-FET",
            shape=self.grid.shape,
            spacing_mm=self.grid.spacing_mm,
            orientation=self.grid.orientation,
            brain_suv=self._brain_suv,
            blood_suv=self._brain_suv * self._head.blood,
            scanner=self._scanner,
            injection=self._injection,
            lesions=tuple(self._told(number, lesion) for number, lesion in enumerate(self._lesions, 1)),
        )

    def _told(self, number: int, lesion: Lesion) -> TrueLesion:
        voxels = np.argwhere(self.labels == number)
        volume = len(voxels) * self.grid.voxel_mm3
        x, y, z = (round(float(value), 2) for value in self.grid.positions_mm(voxels.mean(0)[None])[0])
        diameter = (6 * volume / np.pi) ** (1 / 3)
        return TrueLesion(number, lesion.kind, lesion.contrast, (x, y, z), volume, diameter)


def _draw_grid(name: GridName, rng: np.random.Generator, head_top_mm: float) -> VoxelGrid:
    """Draw a field of view with the head's top some centimetres below its own; origin in the middle of the scanner."""
    across, along = float(rng.uniform(1.7, 2.6)), float(rng.uniform(1.9, 3.3))
    field_mm, height_mm = float(rng.uniform(230, 290)), float(rng.uniform(175, 215))
    orientation = str(rng.choice(ORIENTATIONS))
    above_mm = head_top_mm + float(rng.uniform(8, 20))
    spacing = (along, across, across)
    shape = (round(height_mm / along), round(field_mm / across), round(field_mm / across))
    if name == "small":
        spacing, shape = _SMALL_SPACING_MM, _SMALL_SHAPE
    extent = (np.array(shape) - 1) * spacing
    lowest = (-extent[2] / 2, -extent[1] / 2, above_mm - extent[0])
    upright = VoxelGrid.of_axes(shape, spacing, origin_mm=lowest)
    return reorient(np.empty(shape, bool), upright, orientation)[1]


def _draw_pose(rng: np.random.Generator) -> np.ndarray:
    """Draw how the head lies: the affine from the patient's millimetres to the head's, (4, 4)."""
    pose = np.eye(4)
    pose[:3, :3] = Rotation.from_euler("xyz", rng.normal(0, (8, 4, 6)), degrees=True).as_matrix()
    pose[:3, 3] = rng.normal(0, 5, 3)
    return pose


def _uneven(places: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a factor that rises and falls slowly over the picture, as imperfect correction leaves it."""
    wave = rng.normal(0, 1, 3)
    wave *= 2 * np.pi / _WAVE_MM / np.linalg.norm(wave)
    return np.asarray(
        1 + _UNEVEN * np.sin(np.tensordot(wave.astype(np.float32), places, 1) + rng.uniform(0, 2 * np.pi))
    )
