"""Laws of segmental F1 and of the edit score."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.evaluation.segmental import Segment, edit_score, segmental_scores, segments_of

frame_labels = st.lists(st.integers(0, 3), min_size=1, max_size=40).map(np.array)


@settings(deadline=None, max_examples=40)
@given(frame_labels)
def test_segments_cover_every_frame_once_and_neighbours_differ(labels: np.ndarray) -> None:
    segments = segments_of(labels)
    rebuilt = np.concatenate([np.full(segment.end - segment.start, segment.label) for segment in segments])
    assert np.array_equal(rebuilt, labels)
    assert all(first.label != second.label for first, second in pairwise(segments))


@settings(deadline=None, max_examples=40)
@given(frame_labels, st.sampled_from([0.1, 0.25, 0.5, 1.0]))
def test_truth_scores_one_against_itself(labels: np.ndarray, overlap: float) -> None:
    assert segmental_scores(labels, labels, overlap).f1 == 1.0
    assert edit_score(labels, labels) == 1.0


@settings(deadline=None, max_examples=40)
@given(frame_labels, st.data())
def test_a_stricter_overlap_never_gives_more(truth: np.ndarray, data: st.DataObject) -> None:
    found = np.array(data.draw(st.lists(st.integers(0, 3), min_size=len(truth), max_size=len(truth))))
    scores = [segmental_scores(truth, found, overlap).f1 for overlap in (0.1, 0.25, 0.5, 0.9)]
    assert scores == sorted(scores, reverse=True)
    assert 0 <= edit_score(truth, found) <= 1
    assert edit_score(truth, found) == edit_score(found, truth)


def test_splinters_cost_segments_that_frame_accuracy_hardly_sees() -> None:
    truth = np.repeat([0, 1], 50)
    found = truth.copy()
    found[[10, 30]] = 1  # 98 % of the frames are right, but six segments are found for two
    scores = segmental_scores(truth, found, 0.3)
    assert (scores.num_true, scores.num_found, scores.num_matched) == (2, 6, 2)
    assert scores.f1 == 0.5
    assert edit_score(truth, found) == pytest.approx(1 - 4 / 6)


def test_a_hand_computed_overlap_decides() -> None:
    truth, found = np.repeat([0, 1], [6, 4]), np.repeat([0, 1], [4, 6])  # overlaps 4/6 and 4/6
    assert segmental_scores(truth, found, 0.66).num_matched == 2
    assert segmental_scores(truth, found, 0.67).num_matched == 0


def test_background_counts_neither_as_found_nor_as_true() -> None:
    truth, found = np.array([0, 0, 1, 1, 0]), np.array([0, 1, 1, 1, 0])
    assert segments_of(truth, {0}) == [Segment(1, 2, 4)]
    assert segmental_scores(truth, found, 0.5, {0}).f1 == 1.0
    assert edit_score(np.zeros(5, int), np.zeros(5, int), {0}) == 1.0


def test_sequences_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="as many found as true frames are required, got 2 and 3"):
        segmental_scores(np.zeros(3, int), np.zeros(2, int), 0.5)
