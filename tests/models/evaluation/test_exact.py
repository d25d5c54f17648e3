"""Exact intervals against published tables and against their own definition."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.evaluation.exact import binomial_share, poisson_rate


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [(0, 0.0, 3.689), (1, 0.0253, 5.572), (5, 1.6235, 11.668), (10, 4.7954, 18.390), (100, 81.364, 121.627)],
)
def test_poisson_intervals_are_those_of_the_tables(count: int, low: float, high: float) -> None:
    interval = poisson_rate(count, 1.0)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=6e-4)


def test_hours_without_a_false_alarm_still_bound_the_rate() -> None:
    # the bound of the one-sided 95 % interval is the rule of three: -ln(0.05) = 3.0
    assert poisson_rate(0, 8.0, confidence=0.9).high == pytest.approx(-math.log(0.05) / 8)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 60), st.floats(0.1, 100))
def test_twice_the_hours_halve_the_rate_and_its_bounds(count: int, hours: float) -> None:
    one, two = poisson_rate(count, hours), poisson_rate(count, 2 * hours)
    assert (two.value, two.low, two.high) == pytest.approx((one.value / 2, one.low / 2, one.high / 2), rel=1e-6)


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [(0, 10, 0.0, 0.3085), (10, 10, 0.6915, 1.0), (5, 10, 0.1871, 0.8129), (1, 20, 0.0013, 0.2487)],
)
def test_binomial_intervals_are_those_of_the_tables(count: int, total: int, low: float, high: float) -> None:
    interval = binomial_share(count, total)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=6e-5)


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 80), st.data())
def test_failures_mirror_successes(total: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, total))
    hits, misses = binomial_share(count, total), binomial_share(total - count, total)
    assert (hits.low, hits.high) == pytest.approx((1 - misses.high, 1 - misses.low), abs=1e-9)


def test_thousands_of_trials_do_not_overflow() -> None:
    interval = binomial_share(9_000, 10_000)
    assert (interval.low, interval.high) == pytest.approx((0.89395, 0.90582), abs=1e-4)
    assert poisson_rate(5_000, 1.0).low == pytest.approx(5_000 - 1.96 * 5_000**0.5, rel=1e-3)


def test_no_trials_say_nothing() -> None:
    interval = binomial_share(0, 0)
    assert math.isnan(interval.value)
    assert (interval.low, interval.high) == (0.0, 1.0)


def test_counts_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="exposure > 0 are required, got 1 and 0"):
        poisson_rate(1, 0.0)
    with pytest.raises(ValueError, match="0 <= count <= total is required, got 3 and 2"):
        binomial_share(3, 2)
