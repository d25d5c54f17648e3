"""The three views of a nodule."""

import numpy as np
import pytest

from models.imaging.orientation import reorient
from models.imaging.voxel_grid import VoxelGrid
from models.nodules.views import FIELD_MM, SIDE, cut_views

SHAPE, SPACING = (40, 44, 48), (1.5, 1.2, 1.0)
CENTRE = (3.0, -4.0, 5.0)


def lopsided() -> tuple[np.ndarray, VoxelGrid]:
    """Return HU that rise to the left, fall to the back and have a bright half towards the head."""
    grid = VoxelGrid.of_axes(SHAPE, SPACING, origin_mm=(-20, -30, -25))
    index = np.stack(np.meshgrid(*map(np.arange, SHAPE), indexing="ij"), -1).reshape(-1, 3)
    x, y, z = grid.positions_mm(index).T
    return (10 * x - 5 * y + 200 * (z > 5) - 300).reshape(1, *SHAPE).astype(np.float32), grid


@pytest.mark.parametrize("orientation", ["SPL", "AIR", "LSP"])
def test_views_are_the_same_whatever_the_orientation_of_the_scan(orientation: str) -> None:
    voxels, grid = lopsided()
    expected = cut_views(lambda start, stop: voxels[:, start:stop], grid, CENTRE)
    turned, turned_grid = reorient(voxels, grid, orientation)
    found = cut_views(lambda start, stop: turned[:, start:stop], turned_grid, CENTRE)
    assert (found.shape, found.dtype) == ((3, SIDE, SIDE), np.uint8)
    assert np.abs(found.astype(int) - expected).max() <= 1  # rounding


def test_head_and_front_are_up_and_the_left_is_at_the_right() -> None:
    voxels, grid = lopsided()
    axial, coronal, sagittal = cut_views(lambda start, stop: voxels[:, start:stop], grid, CENTRE).astype(float)
    half = SIDE // 2
    assert axial[:, half:].mean() > axial[:, :half].mean()
    assert axial[:half].mean() > axial[half:].mean()  # brighter in front
    assert coronal[: half - 8].mean() > coronal[half + 8 :].mean() + 30
    assert sagittal[: half - 8].mean() > sagittal[half + 8 :].mean() + 30
    rise = (coronal[-10, 60] - coronal[-10, 20]) / (40 * FIELD_MM / SIDE)
    assert rise == pytest.approx(10 * 255 / 1400, rel=0.1)
