"""Patches of labelled volumes: how they are drawn, another view each time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.training.batches import Batch
from models.training.volumes.bending import BendConfig, draw_view
from models.training.volumes.shading import ShadeConfig, draw_shades


@dataclass(frozen=True, eq=False)
class TaughtVolume:
    """A volume as a network reads it, with what it should say of each voxel."""

    name: str
    voxels: np.ndarray
    """float32, (C, D, H, W)."""
    targets: np.ndarray
    """float32, (D, H, W): numbers of classes, or where there is one output the share of the voxel that belongs."""
    weights: np.ndarray
    """float32, (D, H, W), at least 0; 0 where nobody labelled the voxel."""
    spacing: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Between voxels along D, H and W."""

    def __post_init__(self) -> None:
        if not self.voxels.shape[1:] == self.targets.shape == self.weights.shape:
            raise ValueError(
                f"{self.name}: voxels, targets and weights must be of one size, got {self.voxels.shape[1:]}, "
                f"{self.targets.shape} and {self.weights.shape}"
            )

    @property
    def size(self) -> tuple[int, int, int]:
        depth, height, width = self.targets.shape
        return depth, height, width


@dataclass(frozen=True, eq=False)
class PatchBatches:
    """Batches of patches; batch k depends on the seed and k alone.

    Inputs are float32, (N, C, D, H, W), targets float32, (N, 2, D, H, W): targets and weights of the voxels.
    """

    volumes: Sequence[TaughtVolume]
    size: tuple[int, int, int]
    """Of a patch, voxels along D, H and W."""
    batch_size: int
    seed: int
    bend: BendConfig | None = None
    """None: patches are cut out as they are."""
    shades: ShadeConfig | None = None
    margins: tuple[int, int, int] = (0, 0, 0)
    """By how much the output is smaller at each side, of networks with valid convolutions."""

    def __post_init__(self) -> None:
        for volume in self.volumes:
            if not volume.weights.any():
                raise ValueError(f"{volume.name}: at least one voxel must be labelled, none is")

    def make(self, step: int) -> Batch:
        """Return the batch of a step."""
        rng = np.random.default_rng((self.seed, step))
        patches = [self._draw(rng) for _ in range(self.batch_size)]
        return Batch(np.stack([inputs for inputs, _ in patches]), np.stack([targets for _, targets in patches]))

    def _draw(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        volume = self.volumes[int(rng.integers(len(self.volumes)))]
        centre = _draw_centre(rng, volume, self.size)
        view = draw_view(rng, self.bend, centre=centre, size=self.size, spacing=volume.spacing)
        voxels = view.values(volume.voxels).astype(np.float32, copy=False)
        if self.shades is not None:
            voxels = draw_shades(rng, self.shades, voxels)
        marks = np.stack([view.marks(volume.targets), view.marks(volume.weights)])
        middle = tuple(slice(margin, side - margin) for margin, side in zip(self.margins, self.size, strict=True))
        return voxels, marks[(slice(None), *middle)].astype(np.float32, copy=False)


def whole_volume(volume: TaughtVolume) -> Batch:
    """Return a batch of one whole volume as it is."""
    return Batch(volume.voxels[None], np.stack([volume.targets, volume.weights])[None].astype(np.float32, copy=False))


def _draw_centre(rng: np.random.Generator, volume: TaughtVolume, size: tuple[int, int, int]) -> np.ndarray:
    """Draw the middle of a patch that holds a labelled voxel, and lies within the volume where that is possible."""
    labelled = np.flatnonzero(volume.weights)
    place = np.array(np.unravel_index(int(labelled[rng.integers(len(labelled))]), volume.size), float)
    half = (np.array(size) - 1) / 2
    place += rng.uniform(-0.5, 0.5, 3) * half
    last = np.array(volume.size) - 1
    return np.asarray(np.where(last > 2 * half, np.clip(place, half, last - half), last / 2))
