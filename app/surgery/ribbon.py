"""The picture of an analysed operation: its phases as a ribbon, and how long each of them took."""

from collections.abc import Sequence
from pathlib import Path, PurePath

import numpy as np

from app.pictures.canvas import FAINT_INK, GRID, INK, Canvas
from app.pictures.palette import rgb
from app.pictures.time_axis import TimeAxis, format_time
from app.surgery.phase_track import OTHER_COLOUR, PHASE_COLOURS, phase_spans, spoken
from models.surgical_phases import PHASES, PhaseSpan
from stream.analysis import AnalysedVideo

WIDTH, HEIGHT = 1800, 560
_LEFT, _RIGHT = 330, 150
_RIBBON_TOP, _RIBBON_BOTTOM = 110, 178
_LANES_TOP, _LANE_HEIGHT = 210, 38


class PhaseRibbon:
    """Writes `<input>_phases.png`."""

    suffix = "_phases.png"

    def __init__(self, model: str) -> None:
        self._model = model

    def make(self, path: Path, video: AnalysedVideo) -> None:
        draw_ribbon(phase_spans(video, self._model), PurePath(video.title).name or video.title).save(path)


def draw_ribbon(spans: Sequence[PhaseSpan], title: str) -> Canvas:
    """Draw spans as one ribbon, and each phase on a lane of its own, over one axis of time."""
    canvas = Canvas(WIDTH, HEIGHT)
    start, end = (spans[0].start_seconds, spans[-1].end_seconds) if spans else (0.0, 1.0)
    axis = TimeAxis(start, max(end, start + 1e-3), left=_LEFT, right=WIDTH - _RIGHT)
    canvas.text(40, 52, title, size=30, is_bold=True)
    facts = f"{format_time(end - start)} of an operation   ·   {len(spans)} phases, as recognised online"
    canvas.text(40, 84, facts, size=19, colour=FAINT_INK)
    for span in spans:
        _bar(canvas, axis, span, _RIBBON_TOP, _RIBBON_BOTTOM)
    _draw_axis(canvas, axis)
    for index, phase in enumerate(PHASES):
        _draw_lane(canvas, axis, phase, spans, _LANES_TOP + index * _LANE_HEIGHT)
    return canvas


def _draw_lane(canvas: Canvas, axis: TimeAxis, phase: str, spans: Sequence[PhaseSpan], top: float) -> None:
    own = [span for span in spans if span.phase == phase]
    canvas.text(40, top + 25, spoken(phase), size=18, colour=INK if own else FAINT_INK)
    for span in own:
        _bar(canvas, axis, span, top + 6, top + _LANE_HEIGHT - 6)
    total = sum(span.duration_seconds for span in own)
    canvas.text(WIDTH - 40, top + 25, format_time(total) if own else "-", size=18, colour=FAINT_INK, align="right")


def _bar(canvas: Canvas, axis: TimeAxis, span: PhaseSpan, top: float, bottom: float) -> None:
    left, right = axis.x(span.start_seconds), axis.x(span.end_seconds)
    canvas.bar(left, top, max(right, left + 1), bottom, rgb(PHASE_COLOURS.get(span.phase, OTHER_COLOUR)))


def _draw_axis(canvas: Canvas, axis: TimeAxis) -> None:
    bottom = _LANES_TOP + len(PHASES) * _LANE_HEIGHT
    for seconds in axis.marks:
        x = axis.x(seconds)
        canvas.line(np.array([(x, _LANES_TOP - 4), (x, bottom + 6)]), GRID)
        canvas.text(x, bottom + 28, axis.name(seconds, decimals=0), size=17, align="centre")
    middle = (_LEFT + WIDTH - _RIGHT) / 2
    canvas.text(middle, bottom + 54, f"time, {axis.unit}", size=16, colour=FAINT_INK, align="centre")
