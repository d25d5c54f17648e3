"""Plots of measured numbers, and of measures with their intervals."""

from collections.abc import Sequence

import numpy as np

from app.evaluation.charts.chart import ACCENT, FAINT, INK, WARN, Chart, round_marks
from models.evaluation.measures import Measured
from models.evaluation.regression import limits_of_agreement

Named = Sequence[tuple[str, float, float]]
"""Name, true value and measured value of every video."""


def draw_agreement(values: Named, unit: str) -> str:
    """Draw the Bland-Altman plot: difference against mean, with bias and limits of agreement."""
    true, measured = (np.array([row[column] for row in values], np.float64) for column in (1, 2))
    limits = limits_of_agreement(true, measured)
    means, differences = (true + measured) / 2, measured - true
    reach = max(float(np.abs(differences).max()), abs(limits.lower), abs(limits.upper), 1e-6) * 1.15
    reach = reach if np.isfinite(reach) else float(np.abs(differences).max()) * 1.15 + 1e-6
    low, high = _range(means)
    chart = Chart("Bland-Altman plot", x=(low, high), y=(-reach, reach), size=(520, 360))
    chart.axes(
        round_marks(low, high), round_marks(-reach, reach, 6), f"mean of both, {unit}", f"measured - true, {unit}"
    )
    marked = ((limits.bias, "bias", ACCENT), (limits.lower, "lower limit", WARN), (limits.upper, "upper limit", WARN))
    for value, name, colour in marked:
        if np.isfinite(value):
            chart.line((low, high), (value, value), colour, width=1.5, dashes="" if name == "bias" else "6 4")
            chart.label(chart.px(high) - 4, chart.py(value) - 5, f"{name} {value:+.2f}", anchor="end", colour=colour)
    for (name, _, _), mean, difference in zip(values, means, differences, strict=True):
        chart.point(float(mean), float(difference), INK, hint=f"{name}: {difference:+.2f}")
    return chart.svg()


def draw_scatter(values: Named, unit: str) -> str:
    """Draw measured against true values, with the line on which they are equal."""
    numbers = np.array([row[1:] for row in values], np.float64)
    low, high = _range(numbers.ravel())
    chart = Chart("Measured against true value", x=(low, high), y=(low, high), size=(400, 360))
    marks = round_marks(low, high)
    chart.axes(marks, marks, f"true, {unit}", f"measured, {unit}")
    chart.line((low, high), (low, high), FAINT, width=1, dashes="4 4")
    for name, true, measured in values:
        chart.point(true, measured, ACCENT, hint=f"{name}: true {true:.2f}, measured {measured:.2f}")
    return chart.svg()


def draw_intervals(rows: Sequence[tuple[str, Measured]], unit: str) -> str:
    """Draw one measure of several groups: value and interval, a row each."""
    ends = [value for _, one in rows for value in (one.interval.low, one.interval.high, one.interval.value)]
    finite = [value for value in ends if np.isfinite(value)] or [0.0, 1.0]
    high = 1.0 if not unit and max(finite) <= 1 else max(finite) * 1.08 or 1.0
    low = min(0.0, min(finite))
    names = 24 + 7 * max(len(name) for name, _ in rows)
    size = (330 + names, 56 + 24 * len(rows))
    chart = Chart("Value and interval by group", x=(low, high), y=(len(rows), 0), size=size, margins=(8, 60, 42, names))
    chart.axes(round_marks(low, high), (), unit or rows[0][1].title, "")
    for index, (name, one) in enumerate(rows):
        middle, interval = index + 0.5, one.interval
        chart.label(names - 8, chart.py(middle) + 4, name, anchor="end")
        if np.isfinite(interval.low):
            chart.line((interval.low, interval.high), (middle, middle), ACCENT, width=3, opacity=0.45)
        if np.isfinite(interval.value):
            chart.point(interval.value, middle, ACCENT, radius=4.5)
            chart.label(size[0] - 54, chart.py(middle) + 4, f"{interval.value:.3g}")
        else:
            chart.label(chart.px(low) + 6, chart.py(middle) + 4, "nothing to count", colour=FAINT)
    return chart.svg()


def _range(values: np.ndarray) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    margin = 0.06 * (high - low) or 1.0
    return low - margin, high + margin
