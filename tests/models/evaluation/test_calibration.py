"""Laws of the calibration error and the Brier score."""

import numpy as np
import pytest

from models.evaluation.calibration import brier_score, reliability


def test_samples_that_are_right_as_often_as_they_say_have_no_error() -> None:
    confidences = np.repeat([0.25, 0.75], 400)
    is_right = np.tile([True, False, False, False], 100), np.tile([True, True, True, False], 100)
    assert reliability(confidences, np.concatenate(is_right)).expected_error == pytest.approx(0)


def test_the_error_of_a_hand_computed_case() -> None:
    # two bins: 3 samples say 0.9 and 2 of them are right; 1 says 0.3 and is right
    found = reliability(np.array([0.9, 0.9, 0.9, 0.3]), np.array([True, True, False, True]), num_bins=2)
    assert found.counts.tolist() == [1, 3]
    assert found.expected_error == pytest.approx((3 * (0.9 - 2 / 3) + 1 * 0.7) / 4)
    assert found.largest_error == pytest.approx(0.7)


def test_certain_and_always_right_is_perfect_and_always_wrong_is_worst() -> None:
    assert reliability(np.ones(5), np.ones(5, bool)).expected_error == 0
    assert reliability(np.ones(5), np.zeros(5, bool)).expected_error == 1


def test_every_sample_lies_in_one_bin_whatever_the_order() -> None:
    rng = np.random.default_rng(0)
    confidences, is_right = rng.random(200), rng.random(200) > 0.4
    order = rng.permutation(200)
    first, second = reliability(confidences, is_right), reliability(confidences[order], is_right[order])
    assert first.counts.sum() == 200
    assert first.expected_error == pytest.approx(second.expected_error)


def test_both_ends_of_the_scale_belong_to_a_bin() -> None:
    assert reliability(np.array([0.0, 1.0]), np.array([False, True]), num_bins=10).counts[[0, 9]].tolist() == [1, 1]


def test_a_confidence_above_one_is_refused() -> None:
    with pytest.raises(ValueError, match=r"confidences must lie in 0..1, got 0.5 to 1.5"):
        reliability(np.array([0.5, 1.5]), np.array([True, True]))


def test_brier_score_of_a_hand_computed_case() -> None:
    assert brier_score(np.array([[0.8, 0.2]]), np.array([[True, False]])) == pytest.approx(0.08)
    assert brier_score(np.array([[1.0, 0.0]]), np.array([[False, True]])) == 2.0
