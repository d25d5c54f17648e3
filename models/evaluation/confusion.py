"""Which labels are taken for which, and what a threshold on one label gives."""

from dataclasses import dataclass

import numpy as np


def confusion_matrix(targets: np.ndarray, answers: np.ndarray, num_labels: int) -> np.ndarray:
    """Count how often each true label got each answer.

    Args:
        targets: index of the true label, (N,).
        answers: index of the label that was said, (N,).
        num_labels: above every index.

    Returns:
        int64, (num_labels, num_labels): true label along the rows, answer along the columns.
    """
    cells = np.bincount(targets.astype(np.int64) * num_labels + answers, minlength=num_labels**2)
    return cells.reshape(num_labels, num_labels)


@dataclass(frozen=True)
class BinaryCounts:
    """How yes-or-no answers agree with the truth; each share is not a number where nothing could be counted."""

    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int

    @property
    def sensitivity(self) -> float:
        """Share of the positives that were found; also called recall."""
        return _share(self.true_positives, self.false_negatives)

    @property
    def specificity(self) -> float:
        """Share of the negatives that were left alone."""
        return _share(self.true_negatives, self.false_positives)

    @property
    def precision(self) -> float:
        """Share of positives among what was found; also called positive predictive value."""
        return _share(self.true_positives, self.false_positives)

    @property
    def f1(self) -> float:
        """Harmonic mean of sensitivity and precision."""
        return _share(2 * self.true_positives, self.false_positives + self.false_negatives)

    def __add__(self, other: "BinaryCounts") -> "BinaryCounts":
        return BinaryCounts(
            self.true_positives + other.true_positives,
            self.false_positives + other.false_positives,
            self.false_negatives + other.false_negatives,
            self.true_negatives + other.true_negatives,
        )


def count_binary(is_positive: np.ndarray, is_found: np.ndarray) -> BinaryCounts:
    """Count agreement of two arrays of bool of one shape, the truth first."""
    return BinaryCounts(
        int((is_positive & is_found).sum()),
        int((~is_positive & is_found).sum()),
        int((is_positive & ~is_found).sum()),
        int((~is_positive & ~is_found).sum()),
    )


def _share(counted: int, others: int) -> float:
    return counted / (counted + others) if counted + others else float("nan")
