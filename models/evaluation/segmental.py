"""How well a sequence of segments agrees with the true one: segmental F1 and edit score.

Frame accuracy hardly falls when a phase is cut into splinters; these two do.

Source: Lea et al., Segmental Spatiotemporal CNNs, 2016, arXiv:1602.02995 (edit score), and Temporal Convolutional
Networks for Action Segmentation and Detection, 2017, arXiv:1611.05267 (F1). Here both lie in 0..1, there in 0..100.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from models.evaluation.events import EventScores


@dataclass(frozen=True)
class Segment:
    """Frames `start` to `end` (exclusive) of one label."""

    label: int
    start: int
    end: int


def segments_of(frame_labels: np.ndarray, ignored: Collection[int] = ()) -> list[Segment]:
    """Return the runs of equal labels, in order of time.

    Args:
        frame_labels: index of the label of every frame, (N,).
        ignored: labels whose runs are left out, such as the background's.
    """
    if not len(frame_labels):
        return []
    changes = np.flatnonzero(np.diff(frame_labels)) + 1
    borders = [0, *changes.tolist(), len(frame_labels)]
    runs = [Segment(int(frame_labels[start]), start, end) for start, end in pairwise(borders)]
    return [run for run in runs if run.label not in ignored]


def segmental_scores(
    true_labels: np.ndarray, found_labels: np.ndarray, overlap: float, ignored: Collection[int] = ()
) -> EventScores:
    """Match found segments to true ones that they overlap by at least a share of their union; `.f1` is F1@overlap.

    Every found segment is held against the true one of its label that it overlaps most; the first to
    reach a true one takes it, each further one is false.

    Args:
        true_labels: index of the true label of every frame, (N,).
        found_labels: what was said of every frame, (N,).
        overlap: required intersection over union, in 0..1; published are 0.1, 0.25 and 0.5.
        ignored: labels whose segments do not count, such as the background's.

    Raises:
        ValueError: the two differ in length.
    """
    if len(true_labels) != len(found_labels):
        raise ValueError(f"as many found as true frames are required, got {len(found_labels)} and {len(true_labels)}")
    truth, found = segments_of(true_labels, ignored), segments_of(found_labels, ignored)
    taken: set[Segment] = set()
    for segment in found:
        best = max(truth, key=lambda other: _overlap(segment, other), default=None)
        if best and best not in taken and _overlap(segment, best) >= overlap > 0:
            taken.add(best)
    return EventScores(len(truth), len(found), len(taken))


def edit_score(true_labels: np.ndarray, found_labels: np.ndarray, ignored: Collection[int] = ()) -> float:
    """Return how alike the orders of the segments are, 1 for the same order, whatever their lengths.

    1 - (least number of segments to insert, delete or replace) / (segments of the longer sequence).
    """
    truth = [segment.label for segment in segments_of(true_labels, ignored)]
    found = [segment.label for segment in segments_of(found_labels, ignored)]
    longest = max(len(truth), len(found))
    return 1 - _edits(truth, found) / longest if longest else 1.0


def _overlap(first: Segment, second: Segment) -> float:
    """Intersection over union of two segments; 0 for different labels."""
    if first.label != second.label:
        return 0.0
    shared = min(first.end, second.end) - max(first.start, second.start)
    return max(shared, 0) / (max(first.end, second.end) - min(first.start, second.start))


def _edits(first: Sequence[int], second: Sequence[int]) -> int:
    """Levenshtein distance, one row of the table at a time."""
    row = list(range(len(second) + 1))
    for index, label in enumerate(first, start=1):
        above, row[0] = row[0], index
        for column, other in enumerate(second, start=1):
            above, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, above + (label != other))
    return row[-1]
