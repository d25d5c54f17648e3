"""A part of a volume as a volume of its own, in the same place of the patient."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models.imaging.volume import StoredVolume
from models.imaging.voxel_grid import VoxelGrid

Part = Sequence[tuple[int, int]]
"""First index and the one behind the last, along each axis."""


def slices_of_part(part: Part, shape: Sequence[int]) -> tuple[slice, ...]:
    """Return a part as slices of an array.

    Raises:
        ValueError: the part is empty, has other axes than the array, or goes beyond it.
    """
    if len(part) != len(shape) or not all(0 <= low < high <= n for (low, high), n in zip(part, shape, strict=True)):
        raise ValueError(f"required a part, first index and the one behind the last, within {shape}, got {part}")
    return tuple(slice(low, high) for low, high in part)


def part_of_volume(volume: StoredVolume, part: Part) -> StoredVolume:
    """Return a part of a volume; no voxel is read before it is asked for.

    Raises:
        ValueError: as `slices_of_part`.
    """
    depth, height, width = slices_of_part(part, volume.grid.shape)
    affine = volume.grid.affine.copy()
    affine[:3, 3] = volume.grid.positions_mm(np.array([[depth.start, height.start, width.start]]))[0]
    shape = (depth.stop - depth.start, height.stop - height.start, width.stop - width.start)
    return replace(
        volume,
        grid=VoxelGrid(shape, affine),
        read_slab=lambda start, stop: np.ascontiguousarray(
            volume.read_slab(depth.start + start, depth.start + stop)[:, :, height, width]
        ),
    )
