"""Accuracy and area under the ROC curve of single-label scores."""

import numpy as np


def accuracy(scores: np.ndarray, targets: np.ndarray) -> float:
    """Return the share of samples whose highest score is that of the target.

    Args:
        scores: (N, num_labels).
        targets: index of the true label, (N,).
    """
    return float((scores.argmax(axis=1) == targets).mean())


def balanced_accuracy(scores: np.ndarray, targets: np.ndarray) -> float:
    """Return the mean over the labels that occur of the share of their samples that were recognised."""
    hits = scores.argmax(axis=1) == targets
    return float(np.mean([hits[targets == label].mean() for label in np.unique(targets)]))


def area_under_curve(scores: np.ndarray, is_positive: np.ndarray) -> float:
    """Return the area under the ROC curve; not a number when either class is absent.

    It is the chance that a positive sample scores above a negative one, ties counting half
    (Hanley & McNeil 1982, doi:10.1148/radiology.143.1.7063747).

    Args:
        scores: (N,), higher is more positive.
        is_positive: bool, (N,).
    """
    num_positive = int(is_positive.sum())
    num_negative = len(is_positive) - num_positive
    if not num_positive or not num_negative:
        return float("nan")
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    rank_sum = float(ranks[inverse][is_positive].sum())
    return (rank_sum - num_positive * (num_positive + 1) / 2) / (num_positive * num_negative)
