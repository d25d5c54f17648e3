"""Makes a volume of numbers stored in a file: scaled, finite, float32."""

from pathlib import Path

import numpy as np

from models.imaging.voxel_grid import VoxelGrid
from models.samples import StoredVolume
from stream.imaging.stored_voxels import Layout, StoredVoxels


def stored_volume(
    path: Path,
    layout: Layout,
    grid: VoxelGrid,
    *,
    scale: tuple[float, float] = (1.0, 0.0),
    remarks: tuple[str, ...] = (),
    header: Path | None = None,
) -> StoredVolume:
    """Return the volume whose numbers lie in a file.

    Args:
        path: the file with the numbers.
        layout: how they lie in it.
        grid: where its voxels lie.
        scale: slope and intercept from stored numbers to values.
        remarks: on how the header was read.
        header: the file that the user named, when it is another.

    Raises:
        SourceRefused: the file is too short.
    """
    voxels = StoredVoxels(path, layout)
    return StoredVolume(
        grid=grid,
        source_id=str(header or path),
        channel_names=channel_names(layout.num_channels),
        remarks=remarks,
        references=(str(header or path),),
        read_slab=lambda start, stop: finite_float32(voxels.slab(start, stop), scale),
    )


def channel_names(num_channels: int) -> tuple[str, ...]:
    """Return names for channels of which the file tells no name."""
    return ("intensity",) if num_channels == 1 else tuple(f"channel {index}" for index in range(num_channels))


def finite_float32(stored: np.ndarray, scale: tuple[float, float] = (1.0, 0.0)) -> np.ndarray:
    """Return values of stored numbers, float32; what is not a number, as outside of some masks, becomes 0."""
    values = np.array(stored, np.float32)
    slope, intercept = scale
    if (slope, intercept) != (1.0, 0.0):
        values *= np.float32(slope)
        values += np.float32(intercept)
    return np.nan_to_num(values, copy=False) if stored.dtype.kind == "f" else values
