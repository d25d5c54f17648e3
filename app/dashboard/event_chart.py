"""The timeline of events at every source, and of the times when nobody watched, as a chart of the dashboard."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import altair

from app.dashboard.charts import layered, legend_above, moment, rows_chart
from app.dashboard.theme import LABEL_COLOURS, MUTED
from stream.messages import Event
from stream.queue.account import Gap

AXIS_AND_LEGEND_PX = 90


def draw_event_chart(
    events: Iterable[Event],
    gaps: Iterable[Gap],
    source_ids: Sequence[str],
    *,
    from_at: float,
    to_at: float,
    row_height_px: int = 46,
) -> altair.LayerChart:
    """Return a chart with a row a source: what happened, in the colour of its label, and when nobody watched.

    Times are wall times; the browser shows them in its own time zone.
    """
    rows = [row for row in (_event_row(event, to_at) for event in events) if row["ended"] >= from_at]
    blind = [row for row in map(_gap_row, gaps) if row["ended"] >= from_at]
    axis = altair.Axis(format="%H:%M:%S", tickCount=8, grid=True)
    x = altair.X("from:T", title=None, axis=axis, scale=altair.Scale(nice=False))
    names = altair.Axis(labelOverlap=False)
    y = altair.Y("source:N", title=None, sort=None, axis=names, scale=altair.Scale(domain=list(source_ids)))
    # The edges are always drawn: they hold the axis at the time shown, whatever happened in it.
    edges = rows_chart([{"from": moment(from_at)}, {"from": moment(to_at)}])
    layers = [edges.mark_rule(color=MUTED, strokeDash=[2, 4], opacity=0.6).encode(x=x)]
    span = {"x": x, "x2": "to:T", "y": y}
    if blind:
        blanks = rows_chart(_placed(blind, from_at)).mark_bar(
            height={"band": 0.8}, cornerRadius=4, color="#3a4650", opacity=0.55
        )
        layers.insert(0, blanks.encode(**span, tooltip=["source:N", "label:N", "reason:N", "began:N", "lasted:N"]))
    if rows:
        bars = rows_chart(_placed(rows, from_at)).mark_bar(height={"band": 0.55}, cornerRadius=4, opacity=0.95)
        told = ["source:N", "label:N", "score:N", "people:N", "began:N", "lasted:N"]
        layers.append(bars.encode(**span, color=_colours(rows), tooltip=told))
    return layered(layers, height_px=row_height_px * len(source_ids) + AXIS_AND_LEGEND_PX)


def _event_row(event: Event, now: float) -> dict[str, Any]:
    ended_at = now if event.ended_at is None else event.ended_at
    return {
        "source": event.source_id,
        "label": event.label.replace("_", " "),
        "score": f"{event.peak_score:.0%}",
        "people": "unknown" if event.people is None else str(event.people),
        "lasted": "goes on" if event.ended_at is None else f"{ended_at - event.started_at:.1f} s",
        "began": event.started_at,
        "ended": ended_at,
    }


def _gap_row(gap: Gap) -> dict[str, Any]:
    return {
        "source": gap.source_id,
        "label": gap.kind.replace("_", " "),
        "reason": gap.reason,
        "lasted": f"{gap.to_at - gap.from_at:.1f} s",
        "began": gap.from_at,
        "ended": gap.to_at,
    }


def _placed(rows: list[dict[str, Any]], from_at: float) -> list[dict[str, Any]]:
    """Return the rows with moments that the chart understands, none before the time shown."""
    return [
        {**row, "from": moment(max(row["began"], from_at)), "to": moment(row["ended"]), "began": _clock(row["began"])}
        for row in rows
    ]


def _colours(rows: list[dict[str, Any]]) -> altair.Color:
    labels = sorted({row["label"] for row in rows})
    colours = [LABEL_COLOURS[index % len(LABEL_COLOURS)] for index in range(len(labels))]
    return altair.Color(
        "label:N", scale=altair.Scale(domain=labels, range=colours), legend=legend_above(symbolType="circle")
    )


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
