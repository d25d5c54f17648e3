"""How well single objects of label maps were found: the score of the Data Science Bowl 2018.

Source: the metric of kaggle.com/c/data-science-bowl-2018, as nucleAIzer's evaluation computes it (Hollandi et al., Cell
Systems 10:453, 2020): the mean, over intersections over union t of 0.50, 0.55, ..., 0.95, of TP / (TP + FP + FN), where
a found object counts when it overlaps a true one by more than t; then the mean over pictures.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.evaluation.measures import Measure
from models.evaluation.overlap import require_one_shape

THRESHOLDS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))


@dataclass(frozen=True, eq=False)
class InstanceOverlap:
    """Overlap of the objects of one picture or volume."""

    ious: np.ndarray
    """Intersection over union of every true object with every found one, (true, found)."""

    @property
    def num_true(self) -> int:
        """Objects that are there."""
        return int(self.ious.shape[0])

    @property
    def num_found(self) -> int:
        """Objects that were found."""
        return int(self.ious.shape[1])

    def num_matched(self, iou: float) -> int:
        """Return how many found objects overlap a true one by more than this, which is at least 0.5.

        Raises:
            ValueError: it is below 0.5, where an object might overlap two.
        """
        if iou < 0.5:
            raise ValueError(f"iou must be at least 0.5, above which matches are unique, got {iou}")
        return int((self.ious > iou).sum())

    def score(self, iou: float) -> float:
        """Return TP / (TP + FP + FN); 1 where nothing is and nothing was found."""
        matched = self.num_matched(iou)
        total = self.num_true + self.num_found - matched
        return matched / total if total else 1.0

    @property
    def dsb_score(self) -> float:
        """Mean of `score` over the ten thresholds."""
        return float(np.mean([self.score(iou) for iou in THRESHOLDS]))


def instance_overlap(truth: np.ndarray, found: np.ndarray) -> InstanceOverlap:
    """Return how the objects of two label maps overlap.

    Args:
        truth: Integers of at least 0, any shape: 0 is background, every object has a number of its own.
        found: The same of what was found.

    Raises:
        ValueError: the shapes differ, or there are other things than integers of at least 0.
    """
    require_one_shape(truth, found, "label maps")
    (true_numbers, num_true), (found_numbers, num_found) = _numbered(truth, "truth"), _numbered(found, "found")
    pairs = true_numbers * (num_found + 1) + found_numbers
    shared = np.bincount(pairs, minlength=(num_true + 1) * (num_found + 1)).reshape(num_true + 1, num_found + 1)
    union = shared.sum(1, keepdims=True) + shared.sum(0, keepdims=True) - shared
    return InstanceOverlap((shared / np.maximum(union, 1))[1:, 1:])


def instance_measures() -> list[Measure[InstanceOverlap]]:
    """Return the score, its value at an intersection over union of 0.5 and 0.75, and how many objects were found."""
    return [
        Measure("dsb_score", "DSB2018 score", lambda all_: _mean(one.dsb_score for one in all_), is_headline=True),
        Measure(
            "score_iou50", "Score at IoU 0.5", lambda all_: _mean(one.score(0.5) for one in all_), is_headline=True
        ),
        Measure("score_iou75", "Score at IoU 0.75", lambda all_: _mean(one.score(0.75) for one in all_)),
        Measure("recall_iou50", "True objects found at IoU 0.5", lambda all_: _share(all_, "num_true")),
        Measure("precision_iou50", "Found objects that are true at IoU 0.5", lambda all_: _share(all_, "num_found")),
    ]


def _mean(numbers: object) -> float:
    return float(np.mean(list(numbers)))  # type: ignore[call-overload]


def _share(overlaps: Sequence[InstanceOverlap], of: str) -> float:
    """Return the matched objects of all pictures as a share of the true or the found ones."""
    total = sum(getattr(one, of) for one in overlaps)
    return sum(one.num_matched(0.5) for one in overlaps) / total if total else float("nan")


def _numbered(labels: np.ndarray, name: str) -> tuple[np.ndarray, int]:
    """Return the objects of a map numbered from 1 on, flat, and how many they are."""
    if not np.issubdtype(labels.dtype, np.integer) or (labels.size and labels.min() < 0):
        raise ValueError(f"a label map holds integers of at least 0, {name} holds others ({labels.dtype})")
    numbers, indices = np.unique(labels, return_inverse=True)
    indices = indices.reshape(-1).astype(np.int64)
    if len(numbers) and numbers[0] == 0:
        return indices, len(numbers) - 1
    return indices + 1, len(numbers)
