"""Plots of events: how soon they are told, how F1 grows with tolerance, and truth above answer in every video."""

from collections.abc import Mapping, Sequence

import numpy as np

from app.evaluation.charts.chart import ACCENT, FAINT, RULE, SERIES, Chart, round_marks
from app.pictures.time_axis import format_time, time_marks
from models.evaluation.events import Span

MAX_RIBBONS = 16
_LANE, _GAP, _TOP, _BOTTOM, _LEFT, _RIGHT = 12, 16, 30, 34, 190, 20


def draw_delays(delays: np.ndarray, num_true: int) -> str:
    """Draw which share of the true events was known how long after it began; seconds, (K,)."""
    low, high = min(0.0, float(delays.min())), max(1.0, float(delays.max()) * 1.05)
    chart = Chart("Share of true events known by then", x=(low, high), y=(0, 1))
    chart.axes(round_marks(low, high), (0, 0.25, 0.5, 0.75, 1), "seconds after the event began", "share of true events")
    ordered = np.sort(delays)
    xs, ys = [low], [0.0]
    for index, delay in enumerate(ordered):
        xs += [float(delay), float(delay)]
        ys += [ys[-1], (index + 1) / num_true]
    chart.line([*xs, high], [*ys, ys[-1]], ACCENT)
    median = float(np.median(delays))
    chart.line((median, median), (0, 1), FAINT, width=1, dashes="4 4")
    chart.label(chart.px(median) + 5, chart.py(0.04), f"median {median:.1f} s", colour=FAINT)
    return chart.svg()


def draw_tolerances(points: Sequence[tuple[float, float]]) -> str:
    """Draw F1 against the tolerance in seconds."""
    highest = max(tolerance for tolerance, _ in points)
    chart = Chart("Event F1 by tolerance", x=(0, highest), y=(0, 1))
    chart.axes(round_marks(0, highest), (0, 0.25, 0.5, 0.75, 1), "tolerance, seconds", "event F1")
    chart.line([tolerance for tolerance, _ in points], [value for _, value in points], ACCENT)
    for tolerance, value in points:
        chart.point(tolerance, value, ACCENT, hint=f"{tolerance:g} s: {value:.3f}")
    return chart.svg()


def draw_ribbons(
    videos: Sequence[tuple[str, float, Sequence[Span], Sequence[Span]]], colours: Mapping[str, str]
) -> str:
    """Draw, for each video (name, duration in seconds, truth, answer), what is true above what was said."""
    shown = videos[:MAX_RIBBONS]
    longest = max(duration for _, duration, _, _ in shown) or 1.0
    rows = 2 * _LANE + _GAP
    size = (900, _TOP + rows * len(shown) + _BOTTOM)
    chart = Chart(
        "Truth (upper) and answer (lower) over time",
        x=(0, longest),
        y=(size[1] - _TOP - _BOTTOM, 0),
        size=size,
        margins=(_TOP, _RIGHT, _BOTTOM, _LEFT),
    )
    left = float(_LEFT)
    for label, colour in colours.items():
        chart.swatch(left, 16, colour, label)
        left += 30 + 7 * len(label)
    for seconds in time_marks(0, longest, max_marks=10):
        chart.line((seconds, seconds), (0, rows * len(shown)), RULE, width=1)
        chart.label(
            chart.px(seconds), size[1] - 14, format_time(seconds, longest=longest), anchor="middle", colour=FAINT
        )
    for index, (name, duration, truth, found) in enumerate(shown):
        top = index * rows
        chart.label(_LEFT - 8, chart.py(top + _LANE) + 4, _short(name), anchor="end")
        for lane, spans in enumerate((truth, found)):
            low = top + lane * (_LANE + 1)
            chart.bar(0, low, duration, low + _LANE, RULE, opacity=0.5)
            for span in spans:
                _draw_span(chart, span, low, lane, colours.get(span.label, SERIES[-1]))
    return chart.svg()


def _draw_span(chart: Chart, span: Span, low: float, lane: int, colour: str) -> None:
    side = ("truth", "answer")[lane]
    hint = f"{side}: {span.label}, {span.start_seconds:.1f}–{span.end_seconds:.1f} s"
    chart.bar(span.start_seconds, low, span.end_seconds, low + _LANE, colour, opacity=1 - 0.3 * lane, hint=hint)


def _short(name: str) -> str:
    return name if len(name) <= 28 else f"{name[:12]}…{name[-14:]}"
