"""The phases of an operation that goes on, as one ribbon over the wall clock."""

from collections.abc import Sequence
from typing import Any

import altair

from app.dashboard.charts import layered, legend_above, moment, rows_chart
from app.dashboard.followed import Spell
from app.dashboard.views.wording import clock
from app.surgery.phase_track import PHASE_COLOURS, spoken

HEIGHT_PX = 64
AXIS_AND_LEGEND_PX = 80
LEAST_SECONDS = 300.0
"""The ribbon is never shorter, so that the first minutes do not rush by."""


def draw_live_ribbon(past: Sequence[Spell], *, now: float) -> altair.LayerChart:
    """Return a chart of phases, each in its own colour; the browser shows the times in its own zone."""
    from_at = min([phase.started_at for phase in past], default=now)
    edges = rows_chart([{"from": moment(from_at)}, {"from": moment(max(now, from_at + LEAST_SECONDS))}])
    axis = altair.Axis(format="%H:%M", tickCount=10, grid=False)
    x = altair.X("from:T", title=None, axis=axis, scale=altair.Scale(nice=False))
    layers = [edges.mark_rule(opacity=0).encode(x=x)]
    if past:
        names = [spoken(phase) for phase in PHASE_COLOURS]
        colours = altair.Scale(domain=names, range=list(PHASE_COLOURS.values()))
        bars = rows_chart([_row(phase) for phase in past]).mark_bar(height=HEIGHT_PX, cornerRadius=2)
        colour = altair.Color("phase:N", scale=colours, legend=legend_above(columns=0, labelLimit=260))
        layers.append(bars.encode(x=x, x2="to:T", color=colour, tooltip=["phase:N", "lasted:N"]))
    return layered(layers, height_px=HEIGHT_PX + AXIS_AND_LEGEND_PX)


def _row(phase: Spell) -> dict[str, Any]:
    lasted = clock(phase.ended_at - phase.started_at)
    return {
        "phase": spoken(phase.label),
        "from": moment(phase.started_at),
        "to": moment(phase.ended_at),
        "lasted": f"{lasted}, goes on" if phase.is_open else lasted,
    }
