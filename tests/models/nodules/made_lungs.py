"""Small scans for tests: two lungs of air in a body, and what one puts into them."""

from collections.abc import Sequence

import numpy as np

from models.imaging.voxel_grid import VoxelGrid
from models.samples import StoredVolume, Volume

BODY_HU, LUNG_HU = 40.0, -850.0
CENTRES_MM = ((-45.0, 0.0, 0.0), (45.0, 0.0, 0.0))
"""Of the lungs, x, y and z."""
HALF_MM = (32.0, 45.0, 48.0)


def make_scan(
    balls: Sequence[tuple[tuple[float, float, float], float, float]] = (),
    *,
    spacing_mm: tuple[float, float, float] = (2.0, 1.5, 1.5),
    lungs_hu: float = LUNG_HU,
) -> Volume:
    """Return a scan with two lungs, and balls in it: centre, diameter, HU."""
    shape = tuple(round(length / step) for length, step in zip((120, 146, 216), spacing_mm, strict=True))
    grid = VoxelGrid.of_axes(
        shape, spacing_mm, origin_mm=[-step * (n - 1) / 2 for n, step in zip(shape, spacing_mm, strict=True)][::-1]
    )
    z, y, x = (
        step * (np.arange(n) - (n - 1) / 2).reshape([-1 if axis == other else 1 for other in range(3)])
        for axis, (n, step) in enumerate(zip(shape, spacing_mm, strict=True))
    )
    voxels = np.where((x / 98) ** 2 + (y / 66) ** 2 < 1, BODY_HU, -1000.0) + np.zeros(shape)
    for centre in CENTRES_MM:
        reach = sum(((at - mid) / half) ** 2 for at, mid, half in zip((x, y, z), centre, HALF_MM, strict=True))
        voxels = np.where(reach < 1, lungs_hu, voxels)
    for (bx, by, bz), diameter, hu in balls:
        voxels = np.where((x - bx) ** 2 + (y - by) ** 2 + (z - bz) ** 2 < (diameter / 2) ** 2, hu, voxels)
    return Volume(
        voxels=voxels[None].astype(np.float32), grid=grid, source_id="made", modality="CT", intensity_unit="HU"
    )


def stored(volume: Volume) -> StoredVolume:
    """Return the same as if it lay in a file."""
    return StoredVolume(
        grid=volume.grid,
        source_id=volume.source_id,
        modality=volume.modality,
        intensity_unit=volume.intensity_unit,
        read_slab=volume.read_slab,
    )
