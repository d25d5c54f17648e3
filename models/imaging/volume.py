"""A three-dimensional image, in memory or in its file."""

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np

from models.imaging.intensity_unit import IntensityUnit
from models.imaging.voxel_grid import VoxelGrid


@dataclass(frozen=True, eq=False, kw_only=True)
class _ThreeDimensional:
    """What a volume says of itself, whether its voxels are in memory or not."""

    grid: VoxelGrid
    """Where the voxels lie: arrays [d, h, w] as stored, places in LPS millimetres."""
    source_id: str
    channel_names: tuple[str, ...] = ("intensity",)
    modality: str = ""
    """As DICOM names it, such as CT, MR or PT; empty when unknown."""
    intensity_unit: IntensityUnit = "none"
    remarks: tuple[str, ...] = ()
    """What a reader should know of how it was read, such as a tilted gantry."""

    @property
    def num_channels(self) -> int:
        return len(self.channel_names)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Channels, depth, height and width."""
        return (len(self.channel_names), *self.grid.shape)

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance between the centres of neighbours along D, H and W."""
        return self.grid.spacing_mm

    @property
    def orientation(self) -> str:
        """Where the axes D, H and W rise to, such as SPL: see `VoxelGrid.orientation`."""
        return self.grid.orientation


@dataclass(frozen=True, eq=False, kw_only=True)
class Volume(_ThreeDimensional):
    """A three-dimensional image with one or more channels."""

    voxels: np.ndarray
    """float32, shape (C, D, H, W)."""

    def __post_init__(self) -> None:
        if self.voxels.dtype != np.float32 or self.voxels.shape != self.shape:
            raise ValueError(
                f"voxels of {self.source_id!r} must be float32 of shape (C, D, H, W) = {self.shape}, as its grid and "
                f"its channels {self.channel_names} say; got {self.voxels.dtype} of shape {self.voxels.shape}"
            )

    def read_slab(self, start: int, stop: int) -> np.ndarray:
        """Return the slices from one up to another, float32, shape (C, stop - start, H, W)."""
        return self.voxels[:, start:stop]


@dataclass(frozen=True, eq=False, kw_only=True)
class StoredVolume(_ThreeDimensional):
    """A volume in its file: slices are read when they are asked for, so that windows over it need little memory."""

    read_slab: Callable[[int, int], np.ndarray]
    """Returns the slices from one up to another, float32, shape (C, stop - start, H, W). What cannot be read raises the
    error of the one who made this."""
    references: tuple[str, ...] = ()
    """The files that it was read from."""

    def load(self) -> Volume:
        """Return the whole of it in memory."""
        told = {name.name: getattr(self, name.name) for name in fields(_ThreeDimensional)}
        return Volume(voxels=np.ascontiguousarray(self.read_slab(0, self.grid.shape[0])), **told)
