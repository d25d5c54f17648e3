"""Average precision from overlaps alone, also of objects in volumes, whose boxes COCO's tools cannot read.

Source: cocodataset.org, "Detection evaluation"; on pictures with at most 100 objects the numbers equal those of
`models.evaluation.coco`, which counts no more than 100; here all count.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.evaluation.instances import THRESHOLDS

REPORTED_IOUS: Mapping[str, Sequence[float]] = {"ap": THRESHOLDS, "ap50": (0.5,), "ap75": (0.75,)}
"""Of each average precision that is reported, from which intersections over union on a found object is a true one."""
RECALLS = np.linspace(0, 1, 101)


@dataclass(frozen=True, eq=False)
class ScoredOverlap:
    """Overlap of what was found in one volume, or picture, with what is there."""

    ious: np.ndarray
    """Intersection over union of every true object with every found one, (true, found)."""
    scores: np.ndarray
    """Of the found objects, (found,)."""
    true_classes: np.ndarray
    """int, (true,)."""
    found_classes: np.ndarray
    """int, (found,)."""

    def of_class(self, number: int) -> "ScoredOverlap":
        """Return the objects of one class."""
        true, found = self.true_classes == number, self.found_classes == number
        return ScoredOverlap(
            self.ious[true][:, found], self.scores[found], self.true_classes[true], self.found_classes[found]
        )


def box_ious(true: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Return the intersection over union of every true box with every found one.

    Args:
        true: (N, 2 d), lower corner then upper corner.
        found: (M, 2 d).
    """
    num_axes = true.shape[1] // 2
    lower = np.maximum(true[:, None, :num_axes], found[None, :, :num_axes])
    upper = np.minimum(true[:, None, num_axes:], found[None, :, num_axes:])
    shared = np.maximum(upper - lower, 0).prod(-1)  # (N, M)
    sizes = [(boxes[:, num_axes:] - boxes[:, :num_axes]).prod(-1) for boxes in (true, found)]
    return np.asarray(shared / np.maximum(sizes[0][:, None] + sizes[1][None] - shared, 1e-9))


def average_precision(volumes: Sequence[ScoredOverlap], ious: Sequence[float] = THRESHOLDS) -> float:
    """Return average precision, as the mean over some intersections over union and over the classes that there are.

    Args:
        volumes: one each; what was found in all of them is ranked together.
        ious: from which on a found object is a true one.

    Returns:
        0..1; not a number where nothing is there to be found.
    """
    classes = np.unique(np.concatenate([one.true_classes for one in volumes])) if volumes else ()
    parts = [[one.of_class(number) for one in volumes] for number in classes]
    found = [float(precision_at_recalls(part, iou).mean()) for part in parts for iou in ious]
    return float(np.mean(found)) if found else float("nan")


def precision_at_recalls(volumes: Sequence[ScoredOverlap], iou: float) -> np.ndarray:
    """Return the best precision at the recalls 0, 0.01, ..., 1 or a higher one, (101,), of objects of one class."""
    num_true = sum(len(one.true_classes) for one in volumes)
    scores = np.concatenate([one.scores for one in volumes])
    is_true = np.concatenate([_matched(one, iou) for one in volumes])[np.argsort(-scores, kind="stable")]
    hits = np.cumsum(is_true)
    precision = hits / np.arange(1, len(hits) + 1)
    falling = np.maximum.accumulate(precision[::-1])[::-1]
    reached = np.searchsorted(hits / max(num_true, 1), RECALLS - 1e-9)
    return np.append(falling, 0.0)[reached]


def _matched(one: ScoredOverlap, iou: float) -> np.ndarray:
    """Return which found objects take a true one, bool: the surest choose first, each the one it overlaps most."""
    is_free = np.ones(len(one.ious), bool)
    matched = np.zeros(len(one.scores), bool)
    for index in np.argsort(-one.scores, kind="stable").tolist():
        overlaps = np.where(is_free, one.ious[:, index], 0.0)
        if len(overlaps) and overlaps.max() >= iou:
            is_free[int(overlaps.argmax())] = False
            matched[index] = True
    return matched
