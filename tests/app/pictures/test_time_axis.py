"""Tests of app/pictures/time_axis.py."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.pictures.time_axis import TimeAxis, format_time, time_marks, value_marks


@pytest.mark.parametrize(
    ("seconds", "longest", "decimals", "written"),
    [
        (7, None, 0, "7 s"),
        (7.04, None, 1, "7.0 s"),
        (5, 65, 0, "0:05"),
        (59.97, 65, 1, "1:00.0"),
        (65.46, 600, 1, "1:05.5"),
        (65, 4000, 0, "0:01:05"),
        (3725, None, 0, "1:02:05"),
    ],
)
def test_a_time_is_written_as_the_longest_beside_it_needs(
    seconds: float, longest: float | None, decimals: int, written: str
) -> None:
    assert format_time(seconds, longest=longest, decimals=decimals) == written


@given(st.floats(0, 1e5), st.floats(0.01, 2e5), st.integers(2, 20))
def test_marks_of_time_are_few_even_and_within_the_span(start: float, span: float, max_marks: int) -> None:
    marks = time_marks(start, start + span, max_marks=max_marks)
    assert len(marks) <= max_marks + 1
    assert all(start - 1e-3 <= mark <= start + span + 1e-3 for mark in marks)
    steps = {round(later - earlier, 3) for earlier, later in pairwise(marks)}
    assert len(steps) <= 1


@given(st.floats(1e-6, 1e9))
def test_marks_of_values_reach_from_zero_to_the_highest(highest: float) -> None:
    marks = value_marks(highest)
    assert marks[0] == 0
    assert marks[-1] >= highest * (1 - 1e-6)
    assert marks[-2] < highest
    assert len(marks) <= 6


def test_an_axis_lays_its_span_out_from_left_to_right() -> None:
    axis = TimeAxis(10, 20, left=100, right=300)
    assert [axis.x(seconds) for seconds in (10, 15, 20)] == [100, 200, 300]
    assert (axis.unit, axis.name(12.5, decimals=1)) == ("seconds", "12.5 s")
