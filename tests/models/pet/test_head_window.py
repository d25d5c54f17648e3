"""The window around the head in a PET."""

import numpy as np
import pytest

from models.imaging.orientation import reorient
from models.imaging.resampling import resample
from models.imaging.voxel_grid import VoxelGrid
from models.pet.head_window import SHAPE, find_head
from models.simulation.pet.scene import PetScene

SCENE = PetScene(4, grid="small")


@pytest.mark.parametrize("seed", [2, 4, 6])
def test_all_lesions_lie_in_the_window(seed: int) -> None:
    scene = PetScene(seed, grid="small")
    window = find_head(scene.volume.voxels[0], scene.grid)
    seen = resample((scene.labels > 0).astype(np.float32), scene.grid, window.grid).sum() * window.grid.voxel_mm3
    assert seen == pytest.approx((scene.labels > 0).sum() * scene.grid.voxel_mm3, rel=0.05)
    assert window.brain_suv == pytest.approx(scene.truth.brain_suv, rel=0.2)
    assert window.ratios.shape == SHAPE


@pytest.mark.parametrize("orientation", ["SPL", "IAR", "PSL"])
def test_the_window_does_not_depend_on_the_order_of_the_axes(orientation: str) -> None:
    expected = find_head(SCENE.volume.voxels[0], SCENE.grid)
    voxels, grid = reorient(SCENE.volume.voxels[0], SCENE.grid, orientation)
    found = find_head(voxels, grid)
    assert found.grid.is_like(expected.grid)
    assert np.allclose(found.ratios, expected.ratios, atol=1e-4)


@pytest.mark.parametrize(
    ("voxels", "reason"),
    [
        (SCENE.volume.voxels[0] * 1000 - 1000, "this is no PET"),
        (SCENE.volume.voxels[0] * 5000, "values are activity"),
        (np.zeros_like(SCENE.volume.voxels[0]), "same value in every voxel"),
        (SCENE.volume.voxels[0] * 0.001, "convert activity to SUV"),
    ],
)
def test_what_is_no_uptake_is_refused_by_what_was_found(voxels: np.ndarray, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        find_head(voxels, SCENE.grid)


def test_a_body_of_the_wrong_size_is_no_head() -> None:
    grid = VoxelGrid.of_axes(SCENE.grid.shape, [2.5 * step for step in SCENE.grid.spacing_mm])
    with pytest.raises(ValueError, match="found a body of"):
        find_head(SCENE.volume.voxels[0], grid)
