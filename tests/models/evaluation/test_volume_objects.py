"""Objects of label maps of volumes, as average precision sees them."""

import numpy as np
import pytest

from models.evaluation.average_precision import average_precision
from models.evaluation.volume_objects import volume_overlaps


def blocks() -> np.ndarray:
    labels = np.zeros((14, 20, 20), np.uint8)
    labels[2:8, 2:8, 2:8], labels[2:8, 12:18, 2:8], labels[5:11, 4:10, 12:18] = 3, 5, 9
    return labels


def test_what_is_found_exactly_has_full_precision_whatever_its_numbers() -> None:
    renumbered = np.array([0, 0, 0, 7, 0, 1, 0, 0, 0, 2])[blocks()]
    for overlap in volume_overlaps(blocks(), renumbered, {7: 0.9, 1: 0.8, 2: 0.7}).values():
        assert overlap.scores.tolist() == [0.8, 0.7, 0.9]
        assert average_precision([overlap]) == pytest.approx(1)


def test_a_block_that_is_moved_by_half_of_itself_overlaps_by_a_third() -> None:
    moved = np.roll(blocks(), 3, 0)
    for overlap in volume_overlaps(blocks(), moved, {}).values():
        np.testing.assert_allclose(overlap.ious.max(1), 1 / 3)


def test_where_nothing_is_found_nothing_is_precise() -> None:
    overlap = volume_overlaps(blocks(), np.zeros((14, 20, 20), int), {})["masks"]
    assert average_precision([overlap]) == 0
