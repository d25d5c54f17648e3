"""Laws of the overlap of two masks."""

import numpy as np
import pytest

from models.evaluation.overlap import OverlapCounts, count_overlap


def test_a_mask_overlaps_itself_fully_and_its_complement_not_at_all() -> None:
    mask = np.random.default_rng(0).random((20, 30)) > 0.5
    assert count_overlap(mask, mask).dice == 1
    assert count_overlap(mask, ~mask).dice == 0


def test_dice_and_jaccard_of_a_hand_counted_case() -> None:
    truth, found = np.array([1, 1, 1, 0], bool), np.array([0, 1, 1, 1], bool)
    counts = count_overlap(truth, found)
    assert counts == OverlapCounts(3, 3, 2)
    assert counts.dice == pytest.approx(2 / 3)
    assert counts.jaccard == pytest.approx(0.5)


def test_dice_follows_from_jaccard() -> None:
    truth, found = np.random.default_rng(1).random((2, 400)) > 0.6
    counts = count_overlap(truth, found)
    assert counts.dice == pytest.approx(2 * counts.jaccard / (1 + counts.jaccard))


def test_counts_of_pictures_add_up_to_those_of_all_pixels() -> None:
    truth, found = np.random.default_rng(2).random((2, 4, 50)) > 0.5
    parts = sum((count_overlap(*pair) for pair in zip(truth, found, strict=True)), OverlapCounts(0, 0, 0))
    assert parts == count_overlap(truth, found)


def test_nothing_found_where_nothing_is_counts_as_right() -> None:
    nothing = np.zeros((3, 3), bool)
    assert count_overlap(nothing, nothing).dice == count_overlap(nothing, nothing).jaccard == 1


def test_masks_of_different_size_are_refused() -> None:
    with pytest.raises(ValueError, match=r"one shape, got \(2, 2\) \(truth\) and \(2, 3\) \(found\)"):
        count_overlap(np.zeros((2, 2), bool), np.zeros((2, 3), bool))
