"""Joins what several streams say of a video, after each was trained by itself.

Source: Simonyan & Zisserman, "Two-Stream Convolutional Networks for Action Recognition in Videos", NIPS 2014,
arXiv:1406.2199, section 2: the mean of the softmax scores, or a linear SVM on the L2-normalised scores, stacked.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize


def mean_of_scores(scores: Sequence[np.ndarray]) -> np.ndarray:
    """Return the mean of the streams' scores.

    Args:
        scores: One array a stream, (N, C), each row a distribution over the classes (softmax).

    Returns:
        (N, C), each row a distribution.

    Raises:
        ValueError: the streams do not speak of as many videos and classes.
    """
    return np.stack(_alike(scores)).mean(0)  # type: ignore[no-any-return]


def stack_scores(scores: Sequence[np.ndarray]) -> np.ndarray:
    """Return the scores of all streams side by side, each stream's brought to length 1, (N, S x C).

    Raises:
        ValueError: the streams do not speak of as many videos and classes.
    """
    lengths = [np.linalg.norm(stream, axis=1, keepdims=True) for stream in _alike(scores)]
    return np.hstack([stream / np.maximum(length, 1e-12) for stream, length in zip(scores, lengths, strict=True)])


@dataclass(frozen=True, eq=False)
class SvmFusion:
    """A linear SVM, one class against the rest, on the stacked scores of the streams."""

    weights: np.ndarray
    """(C, S x C)."""
    biases: np.ndarray
    """(C,)."""

    def margins(self, scores: Sequence[np.ndarray]) -> np.ndarray:
        """Return how far each video lies on the side of each class, (N, C); the largest is the answer.

        Args:
            scores: One array a stream, (N, C), in the order of `fit_svm`.

        Raises:
            ValueError: the streams are not as many, or of as many classes, as those that it was fitted to.
        """
        stacked = stack_scores(scores)
        if stacked.shape[1] != self.weights.shape[1]:
            raise ValueError(
                f"the streams must have {self.weights.shape[1]} scores together, as those the SVM was fitted to, "
                f"got {stacked.shape[1]}"
            )
        return stacked @ self.weights.T + self.biases  # type: ignore[no-any-return]


def fit_svm(scores: Sequence[np.ndarray], labels: np.ndarray, *, penalty: float = 1.0) -> SvmFusion:
    """Fit the SVM that joins the streams, to videos that none of them was trained on.

    It minimises, for each class, half the squared length of the weights plus `penalty` times the sum of the squared
    hinge losses: the usual linear SVM with quadratic loss. The bias is not drawn towards zero.

    Args:
        scores: One array a stream, (N, C), each row a distribution over the classes (softmax).
        labels: Index of the right class of each video, (N,).
        penalty: What a video on the wrong side costs (C of the literature).

    Raises:
        ValueError: the streams or labels do not fit together, or a penalty that is not positive.
    """
    stacked, num_classes = stack_scores(scores), scores[0].shape[1]
    if labels.shape != (len(stacked),) or not len(labels) or labels.min() < 0 or labels.max() >= num_classes:
        raise ValueError(
            f"labels must be one of 0..{num_classes - 1} for each of {len(stacked)} videos, "
            f"got {labels.shape} from {labels.min(initial=0)} to {labels.max(initial=0)}"
        )
    if penalty <= 0:
        raise ValueError(f"penalty must be above 0, got {penalty}")
    rows = [_fit_one(stacked, np.where(labels == index, 1.0, -1.0), penalty) for index in range(num_classes)]
    return SvmFusion(weights=np.stack([row[:-1] for row in rows]), biases=np.array([row[-1] for row in rows]))


def _fit_one(features: np.ndarray, sides: np.ndarray, penalty: float) -> np.ndarray:
    """Return the weights of one class against the rest, and behind them the bias."""
    extended = np.hstack([features, np.ones((len(features), 1))])

    def cost(weights: np.ndarray) -> tuple[float, np.ndarray]:
        short = np.maximum(0, 1 - sides * (extended @ weights))  # by how much each video lies too close or wrong
        drawn = np.append(weights[:-1], 0.0)
        gradient = drawn - 2 * penalty * extended.T @ (sides * short)
        return 0.5 * drawn @ drawn + penalty * short @ short, gradient

    found = minimize(cost, np.zeros(extended.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 1000})
    return np.asarray(found.x)


def _alike(scores: Sequence[np.ndarray]) -> Sequence[np.ndarray]:
    shapes = {stream.shape for stream in scores}
    if len(shapes) != 1 or len(next(iter(shapes))) != 2:
        found = ", ".join(str(stream.shape) for stream in scores) or "no stream"
        raise ValueError(f"streams must give scores of one shape, (videos, classes), got {found}")
    return scores
