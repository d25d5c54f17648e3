"""Plots of scores: which labels are taken for which, ROC and precision-recall curves, reliability."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from app.evaluation.charts.chart import ACCENT, FAINT, INK, RULE, WARN, Chart
from models.evaluation.calibration import Reliability
from models.evaluation.ranking import RankedCounts

UNIT_MARKS = (0, 0.2, 0.4, 0.6, 0.8, 1)
MAX_POINTS = 400
MAX_NAMED = 10
"""Curves whose labels are named in the plot."""


def draw_confusion(matrix: np.ndarray, labels: Sequence[str]) -> str:
    """Draw a confusion matrix, each row as shares of its true label; int (L, L), truth along the rows."""
    num_labels = len(labels)
    cell = max(14, min(64, 620 // num_labels))
    left = 26 + min(190, 7 * max(map(len, labels)))
    size = (left + cell * num_labels + 24, 40 + cell * num_labels + left - 16)
    chart = Chart(
        "Confusion matrix: true labels along the rows, answers along the columns",
        x=(0, num_labels),
        y=(num_labels, 0),
        size=size,
        margins=(30, 24, left - 6, left),
    )
    chart.label(left, 18, "true label (row) → answer (column), share of the row", colour=FAINT)
    for row, label in enumerate(labels):
        total = int(matrix[row].sum())
        for column, answer in enumerate(labels):
            count = int(matrix[row, column])
            share = count / total if total else 0.0
            colour = ACCENT if row == column else WARN
            hint = f"{label} answered as {answer}: {count} of {total}"
            chart.bar(column, row, column + 1, row + 1, RULE, opacity=0.35)
            chart.bar(column + 0.03, row + 0.03, column + 0.97, row + 0.97, colour, opacity=0.9 * share, hint=hint)
            if cell >= 34 and total:
                ink = "#ffffff" if share > 0.55 else INK
                middle = chart.px(column + 0.5)
                chart.label(middle, chart.py(row + 0.5) + 1, f"{100 * share:.0f}", anchor="middle", colour=ink, size=13)
                chart.label(middle, chart.py(row + 0.5) + 14, f"{count:,}", anchor="middle", colour=ink, size=9)
        chart.label(left - 7, chart.py(row + 0.5) + 4, label, anchor="end", size=min(12, cell))
    for column, label in enumerate(labels):
        chart.slanted(chart.px(column + 0.5), chart.py(num_labels) + 14, label, size=min(12, cell))
    return chart.svg()


def draw_roc(curves: Mapping[str, RankedCounts], colours: Mapping[str, str]) -> str:
    """Draw the ROC curve of every label in its colour."""
    chart = _unit_chart("ROC curves", "1 - specificity", "sensitivity")
    chart.line((0, 1), (0, 1), FAINT, width=1, dashes="4 4")
    for index, (label, counts) in enumerate(curves.items()):
        xs, ys = np.append(0, counts.false_positive_rate), np.append(0, counts.recall)
        _curve(chart, xs, ys, colours[label])
        _name_curve(chart, index, label, colours[label])
    return chart.svg()


class RecallCurve(Protocol):
    """How precision falls while recall rises."""

    @property
    def recall(self) -> np.ndarray: ...
    @property
    def precision(self) -> np.ndarray: ...


def draw_precision_recall(curves: Mapping[str, RecallCurve], colours: Mapping[str, str]) -> str:
    """Draw the precision-recall curve of every label in its colour."""
    chart = _unit_chart("Precision-recall curves", "recall", "precision")
    for index, (label, counts) in enumerate(curves.items()):
        _curve(chart, counts.recall, counts.precision, colours[label])
        _name_curve(chart, index, label, colours[label])
    return chart.svg()


def draw_reliability(found: Reliability) -> str:
    """Draw the share that was right against the confidence, with how many samples stand behind each bin."""
    num_bins, most = len(found.counts), max(int(found.counts.max()), 1)
    chart = _unit_chart(
        f"Reliability: expected calibration error {found.expected_error:.3f}", "confidence", "share right"
    )
    for index, count in enumerate(found.counts):
        if count:
            low, high = index / num_bins, (index + 1) / num_bins
            accuracy, confidence = float(found.accuracies[index]), float(found.confidences[index])
            hint = f"{count:,} samples, confidence {confidence:.2f}, right {accuracy:.2f}"
            chart.bar(low, 0, high, accuracy, ACCENT, opacity=0.2 + 0.6 * count / most, hint=hint)
            chart.line((confidence, confidence), (accuracy, confidence), WARN, width=1.5)
    chart.line((0, 1), (0, 1), FAINT, width=1, dashes="4 4")
    chart.label(chart.px(0.03), chart.py(0.95), f"ECE {found.expected_error:.3f}", is_bold=True)
    chart.label(chart.px(0.03), chart.py(0.89), "darker bars: more samples", colour=FAINT, size=11)
    return chart.svg()


def _unit_chart(title: str, x_name: str, y_name: str) -> Chart:
    chart = Chart(title, x=(0, 1), y=(0, 1), size=(400, 360))
    chart.axes(UNIT_MARKS, UNIT_MARKS, x_name, y_name)
    return chart


def _curve(chart: Chart, xs: np.ndarray, ys: np.ndarray, colour: str) -> None:
    chosen = np.unique(np.linspace(0, len(xs) - 1, min(len(xs), MAX_POINTS)).astype(int))
    chart.line([float(x) for x in xs[chosen]], [float(y) for y in ys[chosen]], colour)


def _name_curve(chart: Chart, index: int, label: str, colour: str) -> None:
    if index < MAX_NAMED:
        chart.swatch(chart.px(0.42), chart.py(0.06 + 0.062 * index), colour, label)
