"""Confidence intervals by resampling: how far a metric would move with other scenes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

Item = TypeVar("Item")


@dataclass(frozen=True)
class Interval:
    """A metric with its confidence interval."""

    value: float
    low: float
    high: float

    def rounded(self, digits: int = 4) -> dict[str, float]:
        """Return value, low and high as plain JSON values."""
        return {name: round(getattr(self, name), digits) for name in ("value", "low", "high")}


def bootstrap(
    items: Sequence[Item],
    metric: Callable[[Sequence[Item]], float],
    *,
    num_resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Return a metric of the items with its percentile bootstrap interval.

    Items are drawn with replacement as wholes, so what belongs together (the clips of one scene)
    must be one item. Resamples on which the metric is not a number (a class is absent) are left out.

    Raises:
        ValueError: there are no items, or the options are out of range.

    Source: Efron & Tibshirani, An Introduction to the Bootstrap, 1993, section 13.3.
    """
    if not items:
        raise ValueError("a bootstrap needs at least one item, got none")
    if num_resamples < 1 or not 0 < confidence < 1:
        raise ValueError(f"num_resamples >= 1 and 0 < confidence < 1 required, got {num_resamples} and {confidence}")
    rng = np.random.default_rng(seed)
    draws = rng.integers(len(items), size=(num_resamples, len(items)))
    values = np.array([metric([items[index] for index in draw]) for draw in draws])
    values = values[np.isfinite(values)]
    value = float(metric(items))
    if not len(values):
        return Interval(value, value, value)
    tail = (1 - confidence) / 2
    low, high = np.quantile(values, (tail, 1 - tail))
    return Interval(value, float(low), float(high))
