"""How far measured numbers lie from true ones: MAE, RMSE, R2, correlation, and the limits of Bland and Altman."""

from dataclasses import dataclass

import numpy as np

LIMIT_FACTOR = 1.96
"""Standard deviations of a normal distribution between its mean and its 97.5th percentile."""


def mean_absolute_error(true: np.ndarray, measured: np.ndarray) -> float:
    """Return the mean of |measured - true|, in the unit of both, each (N,)."""
    return float(np.abs(measured - true).mean()) if len(true) else float("nan")


def root_mean_square_error(true: np.ndarray, measured: np.ndarray) -> float:
    """Return the root of the mean of (measured - true) squared, in the unit of both, each (N,)."""
    return float(np.sqrt(((measured - true) ** 2).mean())) if len(true) else float("nan")


def r_squared(true: np.ndarray, measured: np.ndarray) -> float:
    """Return the share of the true values' variance that is explained: 1 perfect, 0 as good as their mean.

    It is the coefficient of determination of the measured values themselves, not of a line fitted through them,
    so a bias lowers it and it may be negative; not a number when all true values are equal, or fewer than three.
    """
    if len(true) < 3:
        return float("nan")
    spread = float(((true - true.mean()) ** 2).sum())
    return 1 - float(((measured - true) ** 2).sum()) / spread if spread else float("nan")


def correlation(true: np.ndarray, measured: np.ndarray) -> float:
    """Return Pearson's r, in -1..1; not a number when either side is constant or there are fewer than two values."""
    if len(true) < 2 or not np.ptp(true) or not np.ptp(measured):
        return float("nan")
    return float(np.corrcoef(true, measured)[0, 1])


@dataclass(frozen=True)
class LimitsOfAgreement:
    """Between which differences 95 % of the measurements lie, if the differences are normally distributed."""

    bias: float
    """Mean of measured - true."""
    deviation: float
    """Standard deviation of measured - true, with N - 1."""

    @property
    def lower(self) -> float:
        return self.bias - LIMIT_FACTOR * self.deviation

    @property
    def upper(self) -> float:
        return self.bias + LIMIT_FACTOR * self.deviation


def limits_of_agreement(true: np.ndarray, measured: np.ndarray) -> LimitsOfAgreement:
    """Return bias and limits of agreement; the deviation of fewer than two values is not a number.

    Source: Bland & Altman, Statistical methods for assessing agreement, Lancet 1986;327:307-310.
    """
    differences = measured - true
    deviation = float(differences.std(ddof=1)) if len(differences) > 1 else float("nan")
    return LimitsOfAgreement(float(differences.mean()) if len(differences) else float("nan"), deviation)
