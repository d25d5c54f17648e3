"""Accuracy, among the first label or the first k, and area under the ROC curve of scores."""

import numpy as np


def accuracy(scores: np.ndarray, targets: np.ndarray) -> float:
    """Return the share of samples whose highest score is that of the target.

    Args:
        scores: (N, num_labels).
        targets: index of the true label, (N,).
    """
    return float((scores.argmax(axis=1) == targets).mean())


def top_k_accuracy(scores: np.ndarray, targets: np.ndarray, k: int) -> float:
    """Return the share of samples whose true label is among the k highest scores.

    A label that ties with the true one counts as ranked above it, so that a network that scores all
    labels alike is right on nothing.

    Args:
        scores: (N, num_labels).
        targets: index of the true label, (N,).
        k: 1 or more; with k >= num_labels every sample counts as right.

    Raises:
        ValueError: k is below 1.
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")
    if k >= scores.shape[1]:
        return 1.0 if len(scores) else float("nan")
    own = scores[np.arange(len(scores)), targets]
    num_not_below = (scores >= own[:, None]).sum(axis=1)
    return float((num_not_below <= k).mean()) if len(scores) else float("nan")


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
