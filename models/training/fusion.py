"""Chooses how much each stream counts when several trained models are fused."""

from collections.abc import Sequence

import numpy as np

STEPS = 20
"""Weights are tried in steps of 1 / STEPS."""
SMALLEST_SCORE = 1e-6


def choose_weights(scores: Sequence[np.ndarray], targets: np.ndarray) -> tuple[float, ...]:
    """Return the weights, together 1, whose mean of the scores has the least log loss; equal ones win a tie.

    Args:
        scores: one array a stream, (N, num_labels), in 0..1.
        targets: index of the true label (N,), or 0 and 1 for several labels, (N, num_labels).
    """
    equal = np.full(len(scores), 1 / len(scores))
    best, lowest = equal, log_loss(_fused(scores, equal), targets)
    for weights in _grid(len(scores)):
        if (loss := log_loss(_fused(scores, weights), targets)) < lowest - 1e-9:
            best, lowest = weights, loss
    return tuple(float(weight) for weight in best)


def log_loss(scores: np.ndarray, targets: np.ndarray) -> float:
    """Return the mean negative logarithm of the scores of what is true, (N, num_labels)."""
    safe = np.clip(scores, SMALLEST_SCORE, 1 - SMALLEST_SCORE)
    if targets.ndim == 1:
        return float(-np.log(safe[np.arange(len(targets)), targets]).mean())
    return float(-np.where(targets > 0.5, np.log(safe), np.log(1 - safe)).mean())


def _fused(scores: Sequence[np.ndarray], weights: np.ndarray) -> np.ndarray:
    return np.asarray(np.average(np.stack(scores), axis=0, weights=weights))


def _grid(num_streams: int) -> list[np.ndarray]:
    """All weights of that many streams in steps."""
    parts = [combination for combination in np.ndindex(*(STEPS + 1,) * num_streams) if sum(combination) == STEPS]
    return [np.array(part) / STEPS for part in parts]
