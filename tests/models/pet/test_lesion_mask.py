"""From probabilities on the window to lesions on the scan's grid."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from models.evaluation.overlap import count_overlap
from models.imaging.orientation import reorient
from models.imaging.resampling import resample
from models.pet.head_window import HeadWindow, find_head
from models.pet.lesion_mask import MaskRule, lesions_on
from models.simulation.pet.scene import PetScene

SCENE = PetScene(4, grid="small")
UPTAKE = SCENE.volume.voxels[0]
WINDOW = find_head(UPTAKE, SCENE.grid)
TRUE = resample((SCENE.labels > 0).astype(np.float32), SCENE.grid, WINDOW.grid)


@pytest.mark.parametrize("orientation", ["SPL", "IAR", "LPS"])
def test_lesions_return_to_the_grid_of_the_scan(orientation: str) -> None:
    labels, grid = reorient(SCENE.labels, SCENE.grid, orientation)
    uptake = reorient(UPTAKE, SCENE.grid, orientation)[0]
    found = lesions_on(uptake, grid, WINDOW, TRUE, MaskRule())
    assert count_overlap(labels > 0, found > 0).dice > 0.85
    assert found.max() == SCENE.labels.max()


def test_lesions_are_numbered_by_their_size_and_small_ones_left_out() -> None:
    found = lesions_on(UPTAKE, SCENE.grid, WINDOW, TRUE, MaskRule())
    sizes = np.bincount(found.ravel())[1:]
    assert (np.diff(sizes) <= 0).all()
    limit = (sizes[0] - 1) * SCENE.grid.voxel_mm3
    assert lesions_on(UPTAKE, SCENE.grid, WINDOW, TRUE, MaskRule(least_mm3=limit)).max() == 1


@pytest.mark.parametrize("contrast", [1.8, 3.5])
def test_the_border_lies_halfway_however_bright_the_lesion_is(contrast: float) -> None:
    true = SCENE.labels > 0
    uptake = gaussian_filter(np.where(true, contrast, 1.0).astype(np.float32), 0.7)
    window = HeadWindow(WINDOW.grid, WINDOW.ratios, brain_suv=1.0)
    shrunk = np.where(TRUE > 0.8, TRUE, 0.0)
    before, fixed, halfway = (
        count_overlap(true, lesions_on(uptake, SCENE.grid, window, shrunk, rule) > 0).dice
        for rule in (MaskRule(), MaskRule(dilate_mm=8.0), MaskRule(dilate_mm=8.0, least_share=0.5))
    )
    assert halfway > before + 0.1
    assert halfway > 0.95
    assert halfway >= fixed - 0.02


def test_what_takes_up_too_little_is_no_lesion() -> None:
    rule = MaskRule(dilate_mm=4.0)
    assert not lesions_on(
        np.ones_like(UPTAKE), SCENE.grid, HeadWindow(WINDOW.grid, WINDOW.ratios, 1.0), TRUE, rule
    ).any()


def test_nothing_found_is_an_empty_map() -> None:
    found = lesions_on(UPTAKE, SCENE.grid, WINDOW, np.zeros_like(TRUE), MaskRule(dilate_mm=4))
    assert found.shape == SCENE.grid.shape
    assert not found.any()
