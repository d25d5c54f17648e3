"""Laws of confusion matrices and of what follows from counts."""

import numpy as np
import pytest

from models.evaluation.confusion import BinaryCounts, confusion_matrix, count_binary


def test_rows_are_the_truth_and_columns_the_answers() -> None:
    matrix = confusion_matrix(np.array([0, 0, 1, 2]), np.array([0, 2, 1, 2]), 3)
    assert matrix.tolist() == [[1, 0, 1], [0, 1, 0], [0, 0, 1]]


def test_every_sample_is_counted_once() -> None:
    rng = np.random.default_rng(0)
    targets, answers = rng.integers(5, size=(2, 300))
    matrix = confusion_matrix(targets, answers, 5)
    assert matrix.sum() == 300
    assert np.trace(matrix) == (targets == answers).sum()
    assert np.array_equal(confusion_matrix(answers, targets, 5), matrix.T)


def test_shares_of_hand_counted_answers() -> None:
    truth = np.array([True, True, True, True, False, False])
    found = np.array([True, True, True, False, True, False])
    counts = count_binary(truth, found)
    assert counts == BinaryCounts(3, 1, 1, 1)
    assert (counts.sensitivity, counts.specificity, counts.precision) == (0.75, 0.5, 0.75)
    assert counts.f1 == pytest.approx(0.75)


def test_counts_of_parts_add_up_to_those_of_the_whole() -> None:
    rng = np.random.default_rng(1)
    truth, found = rng.random((2, 50)) > 0.5
    whole = count_binary(truth, found)
    assert count_binary(truth[:20], found[:20]) + count_binary(truth[20:], found[20:]) == whole


def test_a_share_of_nothing_is_not_a_number() -> None:
    counts = count_binary(np.zeros(3, bool), np.zeros(3, bool))
    assert np.isnan([counts.sensitivity, counts.precision, counts.f1]).all()
    assert counts.specificity == 1.0
