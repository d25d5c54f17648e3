"""Volumes on other grids."""

import numpy as np
import pytest

from models.imaging.orientation import reorient
from models.imaging.resampling import resample, smoothed_for
from models.imaging.voxel_grid import VoxelGrid

GRID = VoxelGrid.of_axes((12, 14, 16), (2.0, 1.5, 1.0), origin_mm=(3, -4, 5))


def _ramp(grid: VoxelGrid) -> np.ndarray:
    """Return a value that depends on the place alone: linear, so that interpolation is exact."""
    indices = np.stack(np.meshgrid(*(np.arange(count) for count in grid.shape), indexing="ij"), -1).reshape(-1, 3)
    return (grid.positions_mm(indices) @ (0.3, -0.7, 0.5) + 2).reshape(grid.shape)


@pytest.mark.parametrize("orientation", ["SPL", "IAR", "LPS", "PSR"])
def test_values_keep_their_place_whatever_the_order_of_the_axes(orientation: str) -> None:
    voxels, turned = reorient(_ramp(GRID), GRID, orientation)
    inner = VoxelGrid.of_axes((6, 7, 8), (1.7, 1.1, 1.3), origin_mm=(5, 0, 9))
    assert np.allclose(resample(voxels, turned, inner), _ramp(inner))


def test_a_grid_resampled_on_itself_is_itself() -> None:
    labels = np.random.default_rng(0).integers(0, 5, GRID.shape).astype(np.uint8)
    assert np.array_equal(resample(labels, GRID, GRID, nearest=True), labels)


def test_beyond_the_grid_lies_what_is_asked_for() -> None:
    far = VoxelGrid.of_axes((2, 2, 2), (1, 1, 1), origin_mm=(500, 500, 500))
    assert (resample(_ramp(GRID), GRID, far, outside=-7.0) == -7).all()


def test_a_coarser_grid_sees_means_and_a_finer_one_the_values_themselves() -> None:
    noise = np.random.default_rng(0).normal(size=GRID.shape)
    coarse, fine = (VoxelGrid.of_axes(GRID.shape, [factor * step for step in GRID.spacing_mm]) for factor in (4, 0.5))
    assert smoothed_for(noise, GRID, coarse).std() < 0.2
    assert np.array_equal(smoothed_for(noise, GRID, fine), noise)


def test_voxels_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="shape of their grid"):
        resample(np.zeros((2, 2, 2)), GRID, GRID)
