import numpy as np
import pytest

from models.evaluation.lesions import LesionCounts, count_lesions, lesion_measures
from models.evaluation.measures import Resampling, by_name, measure_all


def test_lesions_are_counted_by_their_connected_parts() -> None:
    truth, found = np.zeros((2, 12), bool)
    truth[1:3], truth[6], found[2:4], found[9:11] = True, True, True, True
    assert count_lesions(truth, found) == LesionCounts(num_true=2, num_hit=1, num_found=2, num_false=1)


def test_voxels_that_share_a_corner_are_one_lesion() -> None:
    assert count_lesions(np.eye(4, dtype=bool), np.eye(4, dtype=bool)) == LesionCounts(1, 1, 1, 0)


def test_a_touch_counts_as_much_as_asked() -> None:
    truth, found = np.zeros((2, 10), bool)
    truth[:5], found[4:] = True, True
    assert count_lesions(truth, found).num_hit == 1
    assert count_lesions(truth, found, min_shared=0.2).num_hit == 0


def test_measures_say_what_is_missed_and_what_is_false() -> None:
    volumes = [LesionCounts(2, 1, 2, 1), LesionCounts(0, 0, 0, 0), LesionCounts(0, 0, 1, 1), LesionCounts(2, 2, 2, 0)]
    measured = by_name(measure_all(lesion_measures(), volumes, range(4), Resampling(num_resamples=50)))
    assert {name: one.interval.value for name, one in measured.items()} == {
        "lesion_sensitivity": 0.75,
        "lesion_precision": pytest.approx(0.6),
        "volume_specificity": 0.5,
        "false_lesions": 0.5,
    }


def test_masks_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="both masks must have one shape"):
        count_lesions(np.zeros(2, bool), np.zeros(3, bool))
    with pytest.raises(ValueError, match="min_shared must be at least 0 and below 1, got 1"):
        count_lesions(np.zeros(2, bool), np.zeros(2, bool), min_shared=1)
