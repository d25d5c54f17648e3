"""A simulated CT of the chest with nodules of which everything is known."""

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from models.imaging.volume import Volume
from models.imaging.voxel_grid import VoxelGrid
from models.simulation.thorax.bones import breastbone, ribs, spine
from models.simulation.thorax.chest import SIDES, Chest
from models.simulation.thorax.chest_nodules import draw_nodules
from models.simulation.thorax.decoys import draw_decoys
from models.simulation.thorax.insertion import insert
from models.simulation.thorax.lattice import Lattice
from models.simulation.thorax.nodule import MOST_NODULES
from models.simulation.thorax.scanner import Scanner
from models.simulation.thorax.tissue import AIR_HU, Tissue
from models.simulation.thorax.trees import AIRWAYS, ARTERIES, VEINS, grow, hilum
from models.simulation.thorax.truth import ThoraxTruth
from models.simulation.thorax.tubes import FULL, Tube, paint

SIZES, NUM_SLICES = (64, 1024), (16, 1000)
_SLICE_MM = (1.0, 1.25, 2.0, 2.5)
_WALL = 1.35
"""Outer over inner radius of an airway."""


class ThoraxScan:
    """One scan; everything that is not said follows from the seed.

    Places in the truth are in the patient's coordinates, LPS. A scan with few thin slices shows a part of the lungs.
    """

    def __init__(
        self,
        seed: int,
        *,
        size: int = 256,
        num_slices: int = 120,
        slice_mm: float | None = None,
        num_nodules: int | None = None,
    ) -> None:
        """Draw a scan; its voxels are made when they are asked for.

        Args:
            seed: of all that is random.
            size: rows and columns.
            num_slices: from the feet to the head.
            slice_mm: distance and thickness of slices; None: drawn.
            num_nodules: None: drawn, 1 to 7; fewer are there when there is no room.

        Raises:
            ValueError: an option is out of range.
        """
        _require("size", size, SIZES)
        _require("num_slices", num_slices, NUM_SLICES)
        _require("num_nodules", num_nodules or 0, (0, MOST_NODULES))
        _require("slice_mm", slice_mm or 1.0, (0.4, 10))
        self._rng = np.random.default_rng((seed, 8))
        self._seed = seed
        self._chest, self._scanner = Chest(self._rng), Scanner.draw(self._rng)
        drawn_mm = float(self._rng.choice(_SLICE_MM))
        self._lattice = _lattice(self._chest, size, num_slices, slice_mm or drawn_mm, self._rng)
        self._has_contrast = bool(self._rng.random() < 0.4)
        drawn_count = int(self._rng.integers(1, 8))
        self._num_nodules = drawn_count if num_nodules is None else num_nodules

    @property
    def grid(self) -> VoxelGrid:
        """Where the voxels lie in the patient."""
        return self._lattice.grid

    @property
    def volume(self) -> Volume:
        """The whole scan, in HU."""
        voxels = np.stack(list(self.slices())).astype(np.float32)[None]
        return Volume(voxels=voxels, grid=self.grid, source_id=f"ct {self._seed}", modality="CT", intensity_unit="HU")

    @property
    def truth(self) -> ThoraxTruth:
        """What is in it."""
        return self._made[2]

    @property
    def labels(self) -> np.ndarray:
        """The number of the nodule in each voxel, uint8, (D, H, W)."""
        return self._made[1]

    def slices(self) -> Iterator[np.ndarray]:
        """Yield the slices from the feet to the head, HU, int16, (H, W)."""
        spacing = self._lattice.spacing_mm[1]
        for index, plane in enumerate(self._made[0]):
            yield self._scanner.scan(plane, spacing, np.random.default_rng((self._seed, 9, index)))

    @cached_property
    def _made(self) -> tuple[np.ndarray, np.ndarray, ThoraxTruth]:
        """The chest in HU as no scanner sees it, float32; the labels; the truth."""
        chest, lattice, rng = self._chest, self._lattice, self._rng
        arteries, veins = grow(chest, ARTERIES, rng), grow(chest, VEINS, rng)
        airways = [*grow(chest, AIRWAYS, rng), *_windpipe()]
        decoys, scars = draw_decoys(chest, airways, rng)
        blood = float(rng.uniform(140, 320)) if self._has_contrast else 42.0
        layers = [
            (paint([*arteries, *veins], lattice), blood),
            (paint(scars, lattice), 10.0),
            (paint((tube.widened(_WALL) for tube in airways), lattice), 20.0),
            (paint(airways, lattice), AIR_HU),
            (paint([*ribs(chest, rng), *spine(chest), *breastbone(chest)], lattice), float(rng.uniform(280, 480))),
        ]
        tissue, voxels = Tissue(chest, lattice, blood, rng), np.empty(lattice.shape, np.float32)
        for index in range(lattice.shape[0]):
            voxels[index] = _layered(tissue.slice(index), [(layer[index], hu) for layer, hu in layers])
        labels = np.zeros(lattice.shape, np.uint8)
        heights = float(lattice.axis(0)[0]), float(lattice.axis(0)[-1])
        nodules = draw_nodules(chest, [*arteries, *veins], self._num_nodules, heights, rng)
        set_in = [insert(nodule, number, chest, lattice, voxels, labels) for number, nodule in enumerate(nodules, 1)]
        truth = ThoraxTruth(
            seed=self._seed,
            shape=lattice.shape,
            spacing_mm=lattice.spacing_mm,
            kernel=self._scanner.kernel,
            noise_hu=round(self._scanner.noise_hu, 2),
            has_contrast=self._has_contrast,
            nodules=tuple(one for one in set_in if one is not None),
            decoys=tuple(decoy.moved(lattice.table_mm) for decoy in decoys),
        )
        return voxels, labels, truth


def _layered(plane: np.ndarray, layers: list[tuple[np.ndarray, float]]) -> np.ndarray:
    """Return a slice with layers laid over it, each where it covers."""
    for coverage, hu in layers:
        is_there = coverage > 0
        plane[is_there] += coverage[is_there] * np.float32(1 / FULL) * (hu - plane[is_there])
    return plane


def _lattice(chest: Chest, size: int, num_slices: int, slice_mm: float, rng: np.random.Generator) -> Lattice:
    pixel = float(rng.uniform(2.02, 2.2)) * chest.body_mm[0] / size
    length, low, high = num_slices * slice_mm, chest.base_mm - 10, chest.apex_mm + 10
    room = high - low - length
    start = low + rng.uniform(0, 1) * room if room > 0 else low + room / 2
    first = np.array([start, -pixel * (size - 1) / 2, -pixel * (size - 1) / 2])
    table = np.array([rng.uniform(-20, 20), rng.uniform(-180, -120), rng.uniform(-400, 100)]).round(2)
    return Lattice((num_slices, size, size), (slice_mm, pixel, pixel), first, table)


def _windpipe() -> list[Tube]:
    """Return the trachea and the main bronchi."""
    fork = np.array([0.0, 12.0, 34.0])
    tubes = [Tube(np.array([[0, 2, 190], fork]), np.array([8.5, 8.0]))]
    return tubes + [Tube(np.stack((fork, hilum(side) + np.array((0, 4, 0)))), np.array([6.5, 5.0])) for side in SIDES]


def _require(name: str, value: float, limits: tuple[float, float]) -> None:
    if not limits[0] <= value <= limits[1]:
        raise ValueError(f"{name} must lie in {limits[0]} to {limits[1]}, got {value}")
