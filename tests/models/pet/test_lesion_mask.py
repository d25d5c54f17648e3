"""From probabilities on the window to lesions on the scan's grid."""

import numpy as np
import pytest

from models.evaluation.overlap import count_overlap
from models.imaging.orientation import reorient
from models.imaging.resampling import resample
from models.pet.head_window import HeadWindow, find_head
from models.pet.lesion_mask import MaskRule, lesions_on
from models.simulation.pet.scene import PetScene

SCENE = PetScene(4, grid="small")
WINDOW = find_head(SCENE.volume.voxels[0], SCENE.grid)
TRUE = resample((SCENE.labels > 0).astype(np.float32), SCENE.grid, WINDOW.grid)


@pytest.mark.parametrize("orientation", ["SPL", "IAR", "LPS"])
def test_lesions_return_to_the_grid_of_the_scan(orientation: str) -> None:
    labels, grid = reorient(SCENE.labels, SCENE.grid, orientation)
    found = lesions_on(grid, WINDOW, TRUE, MaskRule())
    assert count_overlap(labels > 0, found > 0).dice > 0.85
    assert found.max() == SCENE.labels.max()


def test_lesions_are_numbered_by_their_size_and_small_ones_left_out() -> None:
    found = lesions_on(SCENE.grid, WINDOW, TRUE, MaskRule())
    sizes = np.bincount(found.ravel())[1:]
    assert (np.diff(sizes) <= 0).all()
    limit = (sizes[0] - 1) * SCENE.grid.voxel_mm3
    assert lesions_on(SCENE.grid, WINDOW, TRUE, MaskRule(least_mm3=limit)).max() == 1


def test_a_grown_mask_holds_only_what_exceeds_the_threshold() -> None:
    rule = MaskRule(dilate_mm=8.0, least_ratio=1.3)
    window = HeadWindow(WINDOW.grid, np.where(TRUE > 0.3, 2.0, 1.0).astype(np.float32), WINDOW.brain_suv)
    shrunk = np.where(TRUE > 0.9, TRUE, 0.0)
    before, after = (lesions_on(SCENE.grid, window, shrunk, one) > 0 for one in (MaskRule(), rule))
    true = SCENE.labels > 0
    assert count_overlap(true, after).dice > count_overlap(true, before).dice + 0.1
    assert not lesions_on(SCENE.grid, HeadWindow(WINDOW.grid, window.ratios * 0.5, 1.0), shrunk, rule).any()


def test_nothing_found_is_an_empty_map() -> None:
    found = lesions_on(SCENE.grid, WINDOW, np.zeros_like(TRUE), MaskRule(dilate_mm=4))
    assert found.shape == SCENE.grid.shape
    assert not found.any()
