"""Whether a score of 0.8 is right eight times of ten."""

from dataclasses import dataclass

import numpy as np

NUM_BINS = 15


@dataclass(frozen=True, eq=False)
class Reliability:
    """Confidence and share that was right, in bins of confidence of equal width over 0..1."""

    counts: np.ndarray
    """Samples a bin, int, (B,)."""
    confidences: np.ndarray
    """Mean confidence of each bin's samples, (B,); not a number for an empty bin."""
    accuracies: np.ndarray
    """Share of each bin's samples that was right, (B,); not a number for an empty bin."""

    @property
    def expected_error(self) -> float:
        """Expected calibration error: mean over the samples of |confidence - accuracy| of their bin."""
        if not self.counts.sum():
            return float("nan")
        return float(np.nansum(self._gaps * self.counts) / self.counts.sum())

    @property
    def largest_error(self) -> float:
        """Largest |confidence - accuracy| of a bin that holds samples."""
        return float(np.nanmax(self._gaps)) if self.counts.sum() else float("nan")

    @property
    def _gaps(self) -> np.ndarray:
        return np.asarray(np.abs(self.confidences - self.accuracies))


def reliability(confidences: np.ndarray, is_right: np.ndarray, num_bins: int = NUM_BINS) -> Reliability:
    """Sort samples into bins of confidence.

    Args:
        confidences: in 0..1, (N,): the highest score (single label) or a label's own score (several labels).
        is_right: bool, (N,): whether the answer was right, or the label was true.
        num_bins: bins are (0, 1/B], (1/B, 2/B], ...; a confidence of 0 falls into the first.

    Raises:
        ValueError: num_bins is below 1 or a confidence lies outside 0..1.

    Source: Guo et al., On Calibration of Modern Neural Networks, 2017, arXiv:1706.04599, section 2 (15 bins).
    """
    if num_bins < 1:
        raise ValueError(f"num_bins must be at least 1, got {num_bins}")
    if len(confidences) and not (confidences.min() >= 0 and confidences.max() <= 1):
        raise ValueError(f"confidences must lie in 0..1, got {confidences.min()} to {confidences.max()}")
    bins = np.clip(np.ceil(confidences * num_bins).astype(np.int64) - 1, 0, num_bins - 1)
    counts = np.bincount(bins, minlength=num_bins)
    filled = np.where(counts, counts, np.nan)
    return Reliability(
        counts,
        np.bincount(bins, weights=confidences, minlength=num_bins) / filled,
        np.bincount(bins, weights=is_right.astype(np.float64), minlength=num_bins) / filled,
    )


def brier_score(scores: np.ndarray, is_true: np.ndarray) -> float:
    """Return the mean over the samples of the squared distance of the scores from the truth.

    Args:
        scores: in 0..1, (N, num_labels).
        is_true: bool, (N, num_labels).

    Source: Brier, Verification of forecasts expressed in terms of probability, 1950: with one label a sample it
    lies in 0..2.
    """
    return float(((scores - is_true) ** 2).sum(axis=1).mean()) if len(scores) else float("nan")
