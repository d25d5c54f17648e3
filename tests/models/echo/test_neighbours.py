"""The frames beside a frame."""

import numpy as np
import pytest

from models.echo.neighbours import NEIGHBOUR_SECONDS, neighbour_indices


@pytest.mark.parametrize("frame_rate_hz", [15.0, 25.0, 30.0, 50.9, 80.0])
def test_neighbours_are_as_far_away_in_time_at_any_frame_rate(frame_rate_hz: float) -> None:
    before, own, after = neighbour_indices(60, frame_rate_hz)[10:50].T
    assert np.array_equal(own, np.arange(10, 50))
    assert np.array_equal(after - own, own - before)
    assert (after - own) / frame_rate_hz == pytest.approx(NEIGHBOUR_SECONDS, abs=0.5 / frame_rate_hz)


def test_neighbours_are_other_frames_when_they_come_slowly() -> None:
    assert neighbour_indices(5, 5.0)[2].tolist() == [1, 2, 3]


def test_ends_of_a_recording_are_held() -> None:
    assert neighbour_indices(4, 25.0).tolist() == [[0, 0, 1], [0, 1, 2], [1, 2, 3], [2, 3, 3]]
    assert neighbour_indices(1, 0.0).tolist() == [[0, 0, 0]]


def test_a_frame_may_be_seen_alone() -> None:
    assert neighbour_indices(3, 25.0, num_seen=1).tolist() == [[0], [1], [2]]
