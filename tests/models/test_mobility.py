"""Frames beside their change: running sums give what the plain mean gives."""

import numpy as np
import pytest

from models.mobility import CHANGE_STEPS, LABELS, MEAN_STEPS, see_changes
from models.mobility_steps import read_logits


@pytest.mark.parametrize("first", [0, 1, 15, 16, 30])
def test_each_frame_stands_beside_an_earlier_one_and_the_mean_of_the_last(first: int) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (40, 4, 5, 3), np.uint8)
    seen = see_changes(frames, first=first)
    for row, index in enumerate(range(first, 40)):
        np.testing.assert_array_equal(seen[row, 0], frames[index])
        np.testing.assert_array_equal(seen[row, 1], frames[max(index - CHANGE_STEPS, 0)])
        mean = np.floor(frames[max(index - MEAN_STEPS + 1, 0) : index + 1].mean(axis=0))
        np.testing.assert_array_equal(seen[row, 2], mean)


def test_logits_become_scores_of_each_label_and_a_number_of_people() -> None:
    logits = np.zeros((1, 14), np.float32)
    logits[0, 1] = 20.0  # out of bed
    logits[0, 4 + 2] = 20.0  # two of the staff
    logits[0, 8 + 3] = 20.0  # away
    said = read_logits(logits)
    found = dict(zip(LABELS, said.scores[0].tolist(), strict=True))
    assert found["out_of_bed"] == pytest.approx(1)
    assert found["into_bed"] == pytest.approx(0.5)
    assert found["patient_away"] == pytest.approx(1)
    assert said.personnel[0] == pytest.approx(2, abs=1e-4)
