"""The picture of an analysed video: what each model said over time, and when the events were."""

from pathlib import Path, PurePath

import numpy as np

from app.analysis.timeline_panel import Panel, end_of
from app.pictures.canvas import FAINT_INK, GRID, INK, Canvas, Colour
from app.pictures.time_axis import TimeAxis, format_time
from stream.analysis import AnalysedVideo
from stream.batch.series import Series

WIDTH = 1800
_LEFT, _RIGHT, _TOP, _BOTTOM = 130, 250, 118, 84
_PLOT_HEIGHT, _LANE_HEIGHT, _HEADING_HEIGHT, _PANEL_GAP = 220, 36, 40, 34


class Timeline:
    """Writes `<input>_timeline.png` for every analysed video."""

    suffix = "_timeline.png"

    def make(self, path: Path, video: AnalysedVideo) -> None:
        draw_timeline(video).save(path)


def draw_timeline(video: AnalysedVideo) -> Canvas:
    """Draw one panel a model, its event lanes below, over one axis of time."""
    panels = [Panel.of(series, video.events) for series in video.series]
    height = _TOP + sum(_height_of(panel) + _PANEL_GAP for panel in panels) + _BOTTOM - _PANEL_GAP
    canvas = Canvas(WIDTH, height)
    axis = _axis_of(video)
    _draw_title(canvas, video)
    top = _TOP
    for panel in panels:
        _draw_panel(canvas, axis, panel, top)
        top += _height_of(panel) + _PANEL_GAP
    _draw_time_axis(canvas, axis, bottom=height - _BOTTOM)
    return canvas


def _axis_of(video: AnalysedVideo) -> TimeAxis:
    starts = [float(series.start_seconds.min()) for series in video.series if series.start_seconds.size]
    ends = [float(series.end_seconds.max()) for series in video.series if series.end_seconds.size]
    start = min(starts, default=0.0)
    end = max([start + video.duration_seconds, start + 1e-3, *ends])
    return TimeAxis(start, end, left=_LEFT, right=WIDTH - _RIGHT)


def _height_of(panel: Panel) -> int:
    return _HEADING_HEIGHT + _PLOT_HEIGHT + (len(panel.lanes) * _LANE_HEIGHT + 10 if panel.lanes else 0)


def _draw_title(canvas: Canvas, video: AnalysedVideo) -> None:
    name = PurePath(video.title).name or video.title
    media = video.media
    rate = f", {media.declared_rate_hz:.4g} frames/s" if media.declared_rate_hz else ""
    num_clips, num_events = sum(len(series.start_seconds) for series in video.series), len(video.events)
    facts = [
        f"{format_time(video.duration_seconds, decimals=1)} of video",
        f"{media.width} x {media.height} {media.codec}{rate}",
        "1 clip" if num_clips == 1 else f"{num_clips:,} clips",
        "1 event" if num_events == 1 else f"{num_events} events",
    ]
    canvas.text(40, 52, name, size=30, is_bold=True)
    canvas.text(40, 84, "   ·   ".join(facts), size=19, colour=FAINT_INK)


def _draw_panel(canvas: Canvas, axis: TimeAxis, panel: Panel, top: float) -> None:
    canvas.text(40, top + 22, panel.series.model, size=21, is_bold=True)
    start = 40 + canvas.text_width(panel.series.model, size=21, is_bold=True)
    canvas.text(start + 14, top + 22, panel.heading, size=18, colour=FAINT_INK)
    plot_top = top + _HEADING_HEIGHT
    plot_bottom = plot_top + _PLOT_HEIGHT
    _draw_grid(canvas, axis, panel, plot_top, plot_bottom)
    for event in panel.events:
        left, right = axis.x(event.start_seconds), axis.x(end_of(event))
        canvas.bar(left, plot_top, right, plot_bottom, panel.colours[event.label], opacity=0.12)
    _draw_curves(canvas, axis, panel, plot_bottom)
    for index, label in enumerate(panel.lanes):
        _draw_lane(canvas, axis, panel, label, plot_bottom + 10 + index * _LANE_HEIGHT)


def _draw_grid(canvas: Canvas, axis: TimeAxis, panel: Panel, top: float, bottom: float) -> None:
    right = WIDTH - _RIGHT
    lowest = bottom + (len(panel.lanes) * _LANE_HEIGHT + 10 if panel.lanes else 0)
    for seconds in axis.marks:
        x = axis.x(seconds)
        canvas.line(np.array([(x, top), (x, lowest)]), GRID)
    for value in panel.marks:
        y = bottom - value / panel.top_value * _PLOT_HEIGHT
        canvas.line(np.array([(_LEFT, y), (right, y)]), GRID if value else FAINT_INK)
        canvas.text(_LEFT - 12, y + 6, f"{value:g}", size=17, colour=FAINT_INK, align="right")


def _draw_curves(canvas: Canvas, axis: TimeAxis, panel: Panel, bottom: float) -> None:
    series = panel.series
    names_at: list[tuple[float, str, Colour]] = []
    for column in sorted(panel.columns, key=panel.importance):
        name = series.names[column]
        colour = panel.colours[name]
        is_filled = series.kind == "motion" and column == 0
        values = np.clip(series.values[:, column] / panel.top_value, 0, 1)
        for points in _stretches(axis, series, values, bottom):
            if is_filled:
                feet = np.array([(points[-1, 0], bottom), (points[0, 0], bottom)])
                canvas.area(np.concatenate([points, feet]), colour, opacity=0.18)
            canvas.line(points, colour, thickness=2)
        if values.size:
            peak = float(series.values[:, column].max())
            written = f"{peak:.2f}" if series.kind == "classification" else f"{peak:.3g}"
            names_at.append((bottom - float(values[-1]) * _PLOT_HEIGHT, f"{name}  {written}", colour))
    _draw_names(canvas, panel, names_at, bottom)


def _stretches(axis: TimeAxis, series: Series, values: np.ndarray, bottom: float) -> list[np.ndarray]:
    """Return the curve as stretches of points; it breaks where no clip covers the time."""
    starts, ends = series.start_seconds, series.end_seconds
    breaks = np.flatnonzero(starts[1:] > ends[:-1] + 1e-3) + 1
    stretches = []
    for part in np.split(np.arange(len(starts)), breaks):
        if not part.size:
            continue
        centres = (starts[part] + ends[part]) / 2
        xs = axis.xs(np.concatenate([starts[part][:1], centres, ends[part][-1:]]))
        heights = values[part][np.r_[0, np.arange(part.size), part.size - 1]]
        stretches.append(np.stack([xs, bottom - heights * _PLOT_HEIGHT], axis=1))
    return stretches


def _draw_names(canvas: Canvas, panel: Panel, names_at: list[tuple[float, str, Colour]], bottom: float) -> None:
    """Name each curve, with its peak, where it ends; names that would collide move apart."""
    gap = 25.0
    num_more = len(panel.series.names) - len(panel.columns)
    lowest = bottom + 6 - (gap if num_more else 0)
    places = sorted(names_at)
    heights = [y + 6 for y, _, _ in places]
    for index in range(1, len(heights)):
        heights[index] = max(heights[index], heights[index - 1] + gap)
    for index in range(len(heights) - 1, -1, -1):
        heights[index] = min(heights[index], lowest - gap * (len(heights) - 1 - index))
    for height, (_, name, colour) in zip(heights, places, strict=True):
        canvas.text(WIDTH - _RIGHT + 14, height, name, size=18, colour=_darker(colour), is_bold=True)
    canvas.text(WIDTH - _RIGHT + 14, bottom - _PLOT_HEIGHT - 14, "name, peak", size=16, colour=FAINT_INK)
    if num_more:
        canvas.text(WIDTH - _RIGHT + 14, bottom + 6, f"and {num_more} lower", size=16, colour=FAINT_INK)


def _draw_lane(canvas: Canvas, axis: TimeAxis, panel: Panel, label: str, top: float) -> None:
    colour = panel.colours[label]
    canvas.bar(_LEFT, top + 4, WIDTH - _RIGHT, top + _LANE_HEIGHT - 4, (246, 247, 248))
    taken_until = 0.0
    for event in (event for event in panel.events if event.label == label):
        left, right = axis.x(event.start_seconds), axis.x(end_of(event))
        canvas.bar(left, top + 4, max(right, left + 3), top + _LANE_HEIGHT - 4, colour)
        span = f"{axis.name(event.start_seconds, decimals=1)} – {axis.name(end_of(event), decimals=1)}"
        width = canvas.text_width(span, size=16)
        if width + 12 < right - left:
            canvas.text(left + 8, top + 24, span, size=16, colour=(255, 255, 255))
            taken_until = right
        elif right > taken_until and right + width + 12 < WIDTH - _RIGHT:
            canvas.text(right + 6, top + 24, span, size=16, colour=_darker(colour))
            taken_until = right + width + 12
    canvas.text(WIDTH - _RIGHT + 14, top + 24, f"{label} event", size=18, colour=_darker(colour))


def _draw_time_axis(canvas: Canvas, axis: TimeAxis, bottom: float) -> None:
    marks = axis.marks
    decimals = 0 if all(seconds.is_integer() for seconds in marks) else 1
    for seconds in marks:
        x = axis.x(seconds)
        canvas.line(np.array([(x, bottom), (x, bottom + 6)]), FAINT_INK)
        canvas.text(x, bottom + 28, axis.name(seconds, decimals=decimals), size=17, colour=INK, align="centre")
    canvas.text(
        (_LEFT + WIDTH - _RIGHT) / 2, bottom + 54, f"time, {axis.unit}", size=16, colour=FAINT_INK, align="centre"
    )


def _darker(colour: Colour) -> Colour:
    """Return the colour dark enough for small letters."""
    red, green, blue = (round(part * 0.8) for part in colour)
    return red, green, blue
