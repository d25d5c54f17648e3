"""Laws of errors of measured numbers."""

import numpy as np
import pytest

from models.evaluation.regression import (
    correlation,
    limits_of_agreement,
    mean_absolute_error,
    r_squared,
    root_mean_square_error,
)

TRUE = np.array([50.0, 60.0, 70.0])


def test_equal_values_have_no_error() -> None:
    assert mean_absolute_error(TRUE, TRUE) == root_mean_square_error(TRUE, TRUE) == 0
    assert r_squared(TRUE, TRUE) == 1
    assert correlation(TRUE, TRUE) == pytest.approx(1)
    assert limits_of_agreement(TRUE, TRUE).upper == 0


def test_errors_of_a_hand_computed_case() -> None:
    measured = np.array([53.0, 60.0, 66.0])
    assert mean_absolute_error(TRUE, measured) == pytest.approx(7 / 3)
    assert root_mean_square_error(TRUE, measured) == pytest.approx(np.sqrt(25 / 3))
    assert r_squared(TRUE, measured) == pytest.approx(1 - 25 / 200)


def test_a_bias_lowers_r_squared_but_not_the_correlation() -> None:
    assert correlation(TRUE, TRUE + 20) == pytest.approx(1)
    assert r_squared(TRUE, TRUE + 20) == pytest.approx(1 - 1200 / 200)


def test_the_mean_explains_nothing() -> None:
    assert r_squared(TRUE, np.full(3, 60.0)) == 0
    assert np.isnan(correlation(TRUE, np.full(3, 60.0)))
    assert np.isnan(r_squared(np.full(3, 5.0), TRUE))
    assert np.isnan(r_squared(TRUE[:2], TRUE[:2]))


def test_limits_of_agreement_of_a_hand_computed_case() -> None:
    limits = limits_of_agreement(np.zeros(3), np.array([1.0, 2.0, 3.0]))
    assert (limits.bias, limits.deviation) == (2.0, 1.0)
    assert (limits.lower, limits.upper) == pytest.approx((0.04, 3.96))


def test_nineteen_of_twenty_normal_differences_lie_within_the_limits() -> None:
    differences = np.random.default_rng(0).normal(3, 2, 20_000)
    limits = limits_of_agreement(np.zeros(20_000), differences)
    share = np.mean((differences > limits.lower) & (differences < limits.upper))
    assert share == pytest.approx(0.95, abs=0.005)  # three standard errors
