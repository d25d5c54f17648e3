"""How well scores put positives before negatives: ROC and precision-recall curves and what lies below them."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class RankedCounts:
    """What every threshold would give, from the strictest to the loosest; samples of equal score enter together."""

    thresholds: np.ndarray
    """Distinct scores, falling, (K,)."""
    true_positives: np.ndarray
    """Positives with a score at or above each threshold, (K,)."""
    false_positives: np.ndarray
    """Negatives with a score at or above each threshold, (K,)."""
    num_positive: int
    num_negative: int

    @property
    def recall(self) -> np.ndarray:
        """Share of the positives above each threshold, (K,); also called sensitivity."""
        return np.asarray(self.true_positives / max(self.num_positive, 1))

    @property
    def false_positive_rate(self) -> np.ndarray:
        """Share of the negatives above each threshold, (K,); 1 - specificity."""
        return np.asarray(self.false_positives / max(self.num_negative, 1))

    @property
    def precision(self) -> np.ndarray:
        """Share of positives among what lies above each threshold, (K,)."""
        return np.asarray(self.true_positives / (self.true_positives + self.false_positives))


def ranked_counts(scores: np.ndarray, is_positive: np.ndarray) -> RankedCounts:
    """Count positives and negatives above every threshold.

    Args:
        scores: (N,), higher is more positive.
        is_positive: bool, (N,).
    """
    order = np.argsort(-scores, kind="stable")
    ranked, positive = scores[order], is_positive[order].astype(np.int64)
    lasts = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True)) if len(ranked) else np.array([], np.int64)
    true_positives = np.cumsum(positive)[lasts]
    num_positive = int(positive.sum())
    return RankedCounts(
        ranked[lasts], true_positives, lasts + 1 - true_positives, num_positive, len(ranked) - num_positive
    )


def average_precision(scores: np.ndarray, is_positive: np.ndarray) -> float:
    """Return the area under the precision-recall curve as a sum of steps; not a number without a positive.

    AP = sum over thresholds of (recall - previous recall) x precision, no interpolation: the usual definition
    outside PASCAL VOC 2007, and the same whatever the order of samples of equal score.

    Args:
        scores: (N,), higher is more positive.
        is_positive: bool, (N,).
    """
    counts = ranked_counts(scores, is_positive)
    if not counts.num_positive:
        return float("nan")
    return float((np.diff(counts.recall, prepend=0.0) * counts.precision).sum())


def calibrated_average_precision(scores: np.ndarray, is_positive: np.ndarray) -> float:
    """Return the average precision that equally many negatives as positives would give; NaN if a class is absent.

    Compares labels and videos in which an action takes more or less of the time: negatives weigh
    num_positive / num_negative each.

    Source: De Geest et al., Online Action Detection, 2016, arXiv:1604.06506, equation 2.
    """
    counts = ranked_counts(scores, is_positive)
    if not counts.num_positive or not counts.num_negative:
        return float("nan")
    weight = counts.num_negative / counts.num_positive
    precision = weight * counts.true_positives / (weight * counts.true_positives + counts.false_positives)
    return float((np.diff(counts.recall, prepend=0.0) * precision).sum())


def mean_average_precision(scores: np.ndarray, is_positive: np.ndarray) -> float:
    """Return the mean over the labels that occur of their average precision; NaN when none does.

    Args:
        scores: (N, num_labels).
        is_positive: bool, (N, num_labels).
    """
    values = [
        average_precision(scores[:, label], is_positive[:, label]) for label in np.flatnonzero(is_positive.any(axis=0))
    ]
    return float(np.mean(values)) if values else float("nan")
