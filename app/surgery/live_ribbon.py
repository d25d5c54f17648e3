"""The phases of an operation that goes on, as one ribbon over the wall clock."""

from collections.abc import Sequence
from typing import Any

import altair

from app.surgery.live_operation import PastPhase
from app.surgery.phase_track import PHASE_COLOURS, spoken
from app.theme import LINE, MUTED, TEXT

HEIGHT_PX = 64
AXIS_AND_LEGEND_PX = 80
LEAST_SECONDS = 300.0
"""The ribbon is never shorter, so that the first minutes do not rush by."""


def draw_live_ribbon(past: Sequence[PastPhase], *, now: float) -> altair.LayerChart:
    """Return a chart of phases, each in its own colour; the browser shows the times in its own zone."""
    from_at = min([phase.started_at for phase in past], default=now)
    edges = _chart([{"from": _moment(from_at)}, {"from": _moment(max(now, from_at + LEAST_SECONDS))}])
    axis = altair.Axis(format="%H:%M", tickCount=10, grid=False)
    x = altair.X("from:T", title=None, axis=axis, scale=altair.Scale(nice=False))
    layers = [edges.mark_rule(opacity=0).encode(x=x)]
    if past:
        names = [spoken(phase) for phase in PHASE_COLOURS]
        legend = altair.Legend(title=None, orient="top", labelColor=TEXT, labelFontSize=13, columns=0, labelLimit=260)
        colours = altair.Scale(domain=names, range=list(PHASE_COLOURS.values()))
        bars = _chart([_row(phase) for phase in past]).mark_bar(height=HEIGHT_PX, cornerRadius=2)
        colour = altair.Color("phase:N", scale=colours, legend=legend)
        layers.append(bars.encode(x=x, x2="to:T", color=colour, tooltip=["phase:N", "lasted:N"]))
    chart: altair.LayerChart = (
        altair.layer(*layers)
        .properties(height=HEIGHT_PX + AXIS_AND_LEGEND_PX)
        .configure_axis(labelColor=MUTED, domainColor=LINE, tickColor=LINE, labelFontSize=13)
        .configure_view(stroke=None)
    )
    return chart


def clock(seconds: float) -> str:
    """Return a length of time as one reads it on the wall of a theatre: 0:07, 12:30, 1:02:05."""
    hours, rest = divmod(round(max(seconds, 0.0)), 3600)
    minutes, seconds_left = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{seconds_left:02d}" if hours else f"{minutes}:{seconds_left:02d}"


def _row(phase: PastPhase) -> dict[str, Any]:
    lasted = clock(phase.ended_at - phase.started_at)
    return {
        "phase": spoken(phase.phase),
        "from": _moment(phase.started_at),
        "to": _moment(phase.ended_at),
        "lasted": f"{lasted}, goes on" if phase.is_open else lasted,
    }


def _chart(rows: list[dict[str, Any]]) -> altair.Chart:
    return altair.Chart(altair.Data(values=rows))  # type: ignore[no-untyped-call]


def _moment(at: float) -> int:
    return round(at * 1000)
