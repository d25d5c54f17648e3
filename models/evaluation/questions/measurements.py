"""How far are measured numbers, such as an ejection fraction, from true ones, and what is not measured at all?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from models.evaluation.bootstrap import Interval
from models.evaluation.cases import Case
from models.evaluation.classification import area_under_curve
from models.evaluation.confusion import BinaryCounts, count_binary
from models.evaluation.exact import binomial_share
from models.evaluation.measures import Measure
from models.evaluation.regression import (
    correlation,
    limits_of_agreement,
    mean_absolute_error,
    r_squared,
    root_mean_square_error,
)


@dataclass(frozen=True)
class MeasurementOutcome:
    """One true number, and what was measured; None when the model refused."""

    true: float
    measured: float | None


Metric = Callable[[np.ndarray, np.ndarray], float]


class MeasurementQuestion:
    """MAE, RMSE, R2, limits of agreement; and whether a threshold is passed."""

    labels: tuple[str, ...] = ()

    def __init__(self, quantity: str, unit: str, threshold: float | None = None) -> None:
        """Make the question.

        Args:
            quantity: name of the measurement, such as ef_percent.
            unit: of it, for people.
            threshold: below it a value counts as positive (reduced ejection fraction, say).
        """
        self.name, self.title = quantity, quantity.replace("_", " ")
        self.unit = unit
        self.threshold = threshold
        below = (
            f" Below {threshold:g} {unit} counts as positive; AUC ranks by the measured value."
            if threshold is not None
            else ""
        )
        self.explanation = (
            "Measured against true value, one a video. R2 is that of the values themselves (a bias lowers it); the "
            "limits of agreement are bias ± 1.96 standard deviations of the differences (Bland and Altman 1986)."
            + below
        )

    def outcome(self, case: Case) -> MeasurementOutcome | None:
        """Return the two numbers of a video of which the true one is known."""
        true = case.truth.measurements.get(self.name)
        return None if true is None else MeasurementOutcome(true, case.measurements.get(self.name))

    def measures(self, label: str | None = None) -> list[Measure[MeasurementOutcome]]:
        """Return the measures."""
        measures: list[Measure[MeasurementOutcome]] = [
            Measure("mae", "Mean absolute error", _on(mean_absolute_error), self.unit, "lower", is_headline=True),
            Measure("rmse", "Root mean square error", _on(root_mean_square_error), self.unit, "lower"),
            Measure("r2", "R²", _on(r_squared), is_headline=True),
            Measure("correlation", "Correlation (Pearson)", _on(correlation)),
            Measure("bias", "Bias", _on(lambda *both: limits_of_agreement(*both).bias), self.unit, "neither"),
            Measure("lower_limit", "Lower limit of agreement", _on(_lower), self.unit, "neither"),
            Measure("upper_limit", "Upper limit of agreement", _on(_upper), self.unit, "neither"),
            Measure("read_share", "Videos measured, not refused", _read_share, exact=_exact_read_share),
        ]
        if self.threshold is None:
            return measures
        return [
            *measures,
            Measure("auc", f"AUC for below {self.threshold:g}", _on(self._auc)),
            Measure("sensitivity", "Sensitivity", _on(lambda *both: self._counts(*both).sensitivity)),
            Measure("specificity", "Specificity", _on(lambda *both: self._counts(*both).specificity)),
        ]

    def _auc(self, true: np.ndarray, measured: np.ndarray) -> float:
        return area_under_curve(-measured, true < (self.threshold or 0.0))

    def _counts(self, true: np.ndarray, measured: np.ndarray) -> BinaryCounts:
        threshold = self.threshold or 0.0
        return count_binary(true < threshold, measured < threshold)


def pairs(outcomes: Sequence[MeasurementOutcome]) -> tuple[np.ndarray, np.ndarray]:
    """Return true and measured values of the videos that were measured, each (N,)."""
    both = [(one.true, one.measured) for one in outcomes if one.measured is not None]
    table = np.array(both, np.float64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _on(metric: Metric) -> Callable[[Sequence[MeasurementOutcome]], float]:
    return lambda outcomes: metric(*pairs(outcomes))


def _lower(true: np.ndarray, measured: np.ndarray) -> float:
    return limits_of_agreement(true, measured).lower


def _upper(true: np.ndarray, measured: np.ndarray) -> float:
    return limits_of_agreement(true, measured).upper


def _read_share(outcomes: Sequence[MeasurementOutcome]) -> float:
    return float(np.mean([one.measured is not None for one in outcomes]))


def _exact_read_share(outcomes: Sequence[MeasurementOutcome]) -> Interval:
    return binomial_share(sum(one.measured is not None for one in outcomes), len(outcomes))
