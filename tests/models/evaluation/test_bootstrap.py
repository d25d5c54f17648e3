"""Laws of the bootstrap interval."""

import numpy as np
import pytest

from models.evaluation.bootstrap import bootstrap


def mean(items: list[float]) -> float:  # type: ignore[type-arg]
    return float(np.mean(items))


def test_one_seed_gives_one_interval() -> None:
    items = list(np.random.default_rng(0).normal(size=30))
    assert bootstrap(items, mean, seed=3) == bootstrap(items, mean, seed=3)
    assert bootstrap(items, mean, seed=3) != bootstrap(items, mean, seed=4)


def test_interval_of_a_constant_is_a_point() -> None:
    interval = bootstrap([2.0] * 5, mean)
    assert (interval.value, interval.low, interval.high) == (2.0, 2.0, 2.0)


def test_interval_of_a_mean_is_as_wide_as_the_normal_theory_says() -> None:
    items = list(np.random.default_rng(1).normal(size=400))
    interval = bootstrap(items, mean, num_resamples=4000)
    assert interval.low < interval.value < interval.high
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * np.std(items) / 20, rel=0.1)


def test_about_nineteen_of_twenty_intervals_hold_the_true_mean() -> None:
    rng = np.random.default_rng(2)
    intervals = [bootstrap(list(rng.normal(size=60)), mean, num_resamples=300, seed=i) for i in range(200)]
    held = np.mean([interval.low <= 0 <= interval.high for interval in intervals])
    assert 0.89 <= held <= 0.99  # binomial spread of 200 trials around 0.94


def test_resamples_without_a_value_are_left_out() -> None:
    interval = bootstrap([0.0, 1.0], lambda some: float("nan") if sum(some) == 0 else float(np.mean(some)))
    assert np.isfinite([interval.low, interval.high]).all()


def test_nothing_to_resample_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one item, got none"):
        bootstrap([], mean)


def test_a_confidence_outside_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match="0 < confidence < 1 required"):
        bootstrap([1.0], mean, confidence=1.0)
