"""Laws of matching found events to true ones."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.evaluation.events import (
    EventScores,
    Span,
    match_events,
    matched_pairs,
    onset_within,
    overlap_share,
    overlap_within,
    pairs_by,
    temporal_overlap,
    total_scores,
)

times = st.floats(0, 100, allow_nan=False)
span_lists = st.lists(
    st.builds(lambda label, start, length: Span(label, start, start + length), st.sampled_from("ab"), times, times),
    max_size=6,
)


@settings(deadline=None, max_examples=40)
@given(span_lists)
def test_truth_matches_itself_fully(truth: list[Span]) -> None:
    scores = match_events(truth, truth)
    assert (scores.precision, scores.recall, scores.f1) == (1, 1, 1)


@settings(deadline=None, max_examples=40)
@given(span_lists, span_lists, st.floats(0, 5))
def test_matching_does_not_depend_on_the_order(truth: list[Span], found: list[Span], tolerance: float) -> None:
    assert match_events(truth, found, tolerance) == match_events(truth[::-1], found[::-1], tolerance)


@settings(deadline=None, max_examples=40)
@given(span_lists, span_lists)
def test_every_event_is_matched_at_most_once_and_only_to_its_label(truth: list[Span], found: list[Span]) -> None:
    pairs = matched_pairs(truth, found, 1.0)
    assert len({first for first, _ in pairs}) == len({second for _, second in pairs}) == len(pairs)
    assert all(truth[first].label == found[second].label for first, second in pairs)


@settings(deadline=None, max_examples=40)
@given(span_lists, span_lists, st.floats(0, 5), st.floats(0, 5))
def test_more_tolerance_never_matches_less(truth: list[Span], found: list[Span], first: float, more: float) -> None:
    assert match_events(truth, found, first + more).num_matched >= match_events(truth, found, first).num_matched


def test_as_many_pairs_as_possible_are_found_where_the_first_choice_is_wrong() -> None:
    truth = [Span("a", 0, 10), Span("a", 11, 12)]
    found = [Span("a", 9, 11.5), Span("a", 0, 1)]
    assert matched_pairs(truth, found, 0.0) == [(0, 1), (1, 0)]


@pytest.mark.parametrize(("gap", "num_matched"), [(0.9, 1), (1.1, 0)])
def test_tolerance_is_the_gap_between_two_events(gap: float, num_matched: int) -> None:
    assert match_events([Span("a", 0, 5)], [Span("a", 5 + gap, 9)], 1.0).num_matched == num_matched


def test_one_long_event_is_not_found_twice() -> None:
    scores = match_events([Span("a", 0, 10)], [Span("a", 0, 3), Span("a", 6, 9)])
    assert (scores.num_matched, scores.num_false, scores.precision, scores.recall) == (1, 1, 0.5, 1.0)


def test_counts_of_scenes_add_up() -> None:
    assert total_scores([EventScores(3, 2, 2), EventScores(1, 2, 1)]) == EventScores(4, 4, 3)
    assert total_scores([]).f1 == 1


def test_negative_tolerance_is_refused() -> None:
    with pytest.raises(ValueError, match="tolerance_seconds must be 0 or more, got -1"):
        match_events([], [], -1)


@pytest.mark.parametrize(("start", "is_match"), [(8.9, False), (9.0, True), (14.0, True), (14.1, False)])
def test_an_onset_window_looks_at_starts_alone(start: float, is_match: bool) -> None:
    rule = onset_within(1.0, 4.0)
    assert rule(Span("fall", 10, 11), Span("fall", start, start + 60)) is is_match
    assert not rule(Span("fall", 10, 11), Span("walk", 10, 11))


@settings(deadline=None, max_examples=40)
@given(span_lists, span_lists)
def test_tolerance_zero_is_any_overlap(truth: list[Span], found: list[Span]) -> None:
    for event in truth:
        for other in found:
            if event.label == other.label and temporal_overlap(event, other) > 0:
                assert overlap_within(0)(event, other)


def test_overlap_is_the_share_of_the_union() -> None:
    assert temporal_overlap(Span("a", 0, 4), Span("a", 2, 6)) == pytest.approx(1 / 3)
    assert pairs_by([Span("a", 0, 4)], [Span("a", 2, 6)], overlap_share(0.3)) == [(0, 0)]
    assert pairs_by([Span("a", 0, 4)], [Span("a", 2, 6)], overlap_share(0.34)) == []


def test_windows_and_overlaps_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="limits around the onset must be 0 or more, got -1 and 4"):
        onset_within(-1, 4)
    with pytest.raises(ValueError, match="overlap must be above 0 and at most 1, got 0"):
        overlap_share(0)
