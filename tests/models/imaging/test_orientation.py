import numpy as np
import pytest

from models.imaging.orientation import onto_grid, placed_in, reorient
from models.imaging.voxel_grid import VoxelGrid

GRID = VoxelGrid.of_axes((4, 5, 6), (3, 2, 1), origin_mm=(10, 20, 30))
VOXELS = np.arange(240, dtype=np.float32).reshape(2, 4, 5, 6)


@pytest.mark.parametrize("orientation", ["SPL", "LAS", "RPI", "ASR", "PIL"])
def test_every_voxel_keeps_its_place_when_a_volume_is_turned(orientation: str) -> None:
    turned, grid = reorient(VOXELS, GRID, orientation)
    assert grid.orientation == orientation
    assert turned.shape == (2, *grid.shape)
    indices = np.argwhere(turned[0] >= 0)
    before = np.rint(GRID.indices(grid.positions_mm(indices))).astype(int)
    assert np.array_equal(turned[0][tuple(indices.T)], VOXELS[0][tuple(before.T)])


def test_turning_there_and_back_changes_nothing() -> None:
    turned, grid = reorient(VOXELS, GRID, "RAI")
    assert np.array_equal(onto_grid(turned, grid, GRID), VOXELS)


def test_grids_of_other_places_are_not_laid_over_each_other() -> None:
    shifted = VoxelGrid.of_axes((4, 5, 6), (3, 2, 1), origin_mm=(10, 20, 31))
    with pytest.raises(ValueError, match="resample one of them onto the other"):
        onto_grid(VOXELS, GRID, shifted)


def test_labels_of_some_slices_come_to_lie_in_the_whole() -> None:
    turned, grid = reorient(VOXELS[0], GRID, "RIA")
    part = grid.slab(2, 5)
    placed = placed_in(turned[2:5], part, GRID)
    expected = np.zeros_like(VOXELS[0])
    expected[:, :, 1:4] = VOXELS[0][:, :, 1:4]
    assert np.array_equal(placed, expected)
    beside = VoxelGrid.of_axes((2, 5, 6), (3, 2, 1), origin_mm=(10, 20, 31))
    with pytest.raises(ValueError, match="required places of"):
        placed_in(VOXELS[0][:2], beside, GRID)
    with pytest.raises(ValueError, match="required places of"):
        placed_in(VOXELS[0], VoxelGrid.of_axes((4, 5, 6), (3, 2, 1), origin_mm=(10, 20, 33)), GRID)


@pytest.mark.parametrize("orientation", ["LRS", "SP", "", "spl", "SPLA"])
def test_letters_that_name_no_orientation_are_refused(orientation: str) -> None:
    with pytest.raises(ValueError, match="one letter each of LR, PA and SI"):
        reorient(VOXELS, GRID, orientation)
