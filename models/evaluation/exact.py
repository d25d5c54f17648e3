"""Exact confidence intervals of counts: they say something even where nothing was counted.

Eight hours without a false alarm do not show that there are none; the bootstrap, which only repeats what was seen,
would say so.
"""

from collections.abc import Callable

import numpy as np

from models.evaluation.bootstrap import Interval

_NUM_HALVINGS = 60


def poisson_rate(count: int, exposure: float, confidence: float = 0.95) -> Interval:
    """Return the rate of events that happen independently, with its exact interval.

    Args:
        count: events seen, 0 or more.
        exposure: over how much they were counted, such as camera-hours; the rate is per one of it.
        confidence: of the two-sided interval, between 0 and 1.

    Raises:
        ValueError: the count is negative or the exposure is not positive.

    Source: Garwood, Fiducial limits for the Poisson distribution, Biometrika 1936;28:437-442.
    """
    if count < 0 or exposure <= 0:
        raise ValueError(f"count >= 0 and exposure > 0 are required, got {count} and {exposure}")
    tail = (1 - confidence) / 2
    highest = count + 20 + 20 * np.sqrt(count + 1)
    low = _crossing(lambda mean: 1 - _poisson_below(count - 1, mean), tail, highest) if count else 0.0
    high = _crossing(lambda mean: 1 - _poisson_below(count, mean), 1 - tail, highest)
    return Interval(count / exposure, low / exposure, high / exposure)


def binomial_share(count: int, total: int, confidence: float = 0.95) -> Interval:
    """Return a share with its exact interval; not a number, in 0..1, when there was nothing to count.

    Raises:
        ValueError: not 0 <= count <= total.

    Source: Clopper & Pearson, Biometrika 1934;26:404-413.
    """
    if not 0 <= count <= total:
        raise ValueError(f"0 <= count <= total is required, got {count} and {total}")
    if not total:
        return Interval(float("nan"), 0.0, 1.0)
    tail = (1 - confidence) / 2
    low = _crossing(lambda share: 1 - _binomial_below(count - 1, total, share), tail, 1.0) if count else 0.0
    high = _crossing(lambda share: 1 - _binomial_below(count, total, share), 1 - tail, 1.0) if count < total else 1.0
    return Interval(count / total, low, high)


def _crossing(rising: Callable[[float], float], value: float, highest: float) -> float:
    """Return where a rising function of 0..highest reaches a value, by halving."""
    low, high = 0.0, float(highest)
    for _ in range(_NUM_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < value else (low, middle)
    return (low + high) / 2


def _poisson_below(count: int, mean: float) -> float:
    """Chance of at most `count` events where `mean` are expected."""
    if mean <= 0:
        return 1.0
    counts = np.arange(count + 1)
    return float(np.exp(counts * np.log(mean) - mean - _log_factorials(count)).sum())


def _binomial_below(count: int, total: int, share: float) -> float:
    """Chance of at most `count` of `total` where each has the chance `share`."""
    if share <= 0 or share >= 1:
        return 1.0 if share <= 0 else 0.0
    counts, logs = np.arange(count + 1), _log_factorials(total)
    ways = logs[total] - logs[: count + 1] - logs[total - count : total + 1][::-1]
    return float(np.exp(ways + counts * np.log(share) + (total - counts) * np.log1p(-share)).sum())


def _log_factorials(highest: int) -> np.ndarray:
    """Logarithms of 0!, 1!, ..., highest!."""
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, highest + 1)))])
