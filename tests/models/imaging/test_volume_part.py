"""A part of a volume is a volume in the same place."""

import numpy as np
import pytest

from models.imaging.volume import StoredVolume, Volume
from models.imaging.volume_part import part_of_volume
from models.imaging.voxel_grid import VoxelGrid

AFFINE = np.array([[0, 0.2, 0.5, -10], [0.3, 1.5, 0, 7], [2, 0, 0.1, 30], [0, 0, 0, 1]], float)


def stored() -> StoredVolume:
    voxels = np.arange(2 * 5 * 6 * 7, dtype=np.float32).reshape(2, 5, 6, 7)
    names = ("a", "b")
    volume = Volume(voxels=voxels, grid=VoxelGrid((5, 6, 7), AFFINE), source_id="v", channel_names=names)
    return StoredVolume(grid=volume.grid, source_id="v", channel_names=names, read_slab=volume.read_slab)


def test_every_voxel_of_a_part_keeps_its_value_and_its_place() -> None:
    part = part_of_volume(stored(), ((1, 4), (2, 6), (0, 5)))
    assert np.array_equal(part.load().voxels, stored().load().voxels[:, 1:4, 2:6, 0:5])
    corners, start = np.array([[0, 0, 0], [2, 3, 4]]), np.array([1, 2, 0])
    np.testing.assert_allclose(part.grid.positions_mm(corners), stored().grid.positions_mm(corners + start))


@pytest.mark.parametrize("part", [((0, 5), (0, 6)), ((0, 6), (0, 6), (0, 7)), ((2, 2), (0, 6), (0, 7))])
def test_what_is_no_part_is_refused(part: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(ValueError, match="within"):
        part_of_volume(stored(), part)
