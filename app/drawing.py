"""Pictures that the dashboard draws itself: the timeline of events and the panel of a source nobody watches."""

import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import altair
import cv2
import numpy as np

from app.theme import LABEL_COLOURS, LINE, MUTED, PANEL, TEXT
from stream.messages import Event
from stream.queue.account import Gap

PANEL_WIDTH, PANEL_HEIGHT = 480, 270
AXIS_AND_LEGEND_PX = 90


def draw_timeline(
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
    edges = _chart([{"from": _moment(from_at)}, {"from": _moment(to_at)}])
    layers = [edges.mark_rule(color=MUTED, strokeDash=[2, 4], opacity=0.6).encode(x=x)]
    span = {"x": x, "x2": "to:T", "y": y}
    if blind:
        blanks = _chart(_placed(blind, from_at)).mark_bar(
            height={"band": 0.8}, cornerRadius=4, color="#3a4650", opacity=0.55
        )
        layers.insert(0, blanks.encode(**span, tooltip=["source:N", "label:N", "reason:N", "began:N", "lasted:N"]))
    if rows:
        bars = _chart(_placed(rows, from_at)).mark_bar(height={"band": 0.55}, cornerRadius=4, opacity=0.95)
        told = ["source:N", "label:N", "score:N", "people:N", "began:N", "lasted:N"]
        layers.append(bars.encode(**span, color=_colours(rows), tooltip=told))
    chart: altair.LayerChart = (
        altair.layer(*layers)
        .properties(height=row_height_px * len(source_ids) + AXIS_AND_LEGEND_PX)
        .configure_axis(labelColor=MUTED, gridColor=LINE, domainColor=LINE, tickColor=LINE, labelFontSize=13)
        .configure_view(stroke=None)
    )
    return chart


def not_monitored_jpeg(source_id: str, since: float) -> bytes:
    """Return a dark panel that says since when (UTC) nobody watches the source."""
    panel = np.full((PANEL_HEIGHT, PANEL_WIDTH, 3), _bgr(PANEL), np.uint8)
    clock = time.strftime("%H:%M:%S UTC", time.gmtime(since))
    for text, y, scale, colour in (
        (source_id[:40], 34, 0.55, MUTED),
        ("Not monitored", 136, 0.9, TEXT),
        (f"since {clock}", 172, 0.6, MUTED),
    ):
        width = cv2.getTextSize(text, cv2.FONT_HERSHEY_DUPLEX, scale, 1)[0][0]
        origin = ((PANEL_WIDTH - width) // 2, y)
        cv2.putText(panel, text, origin, cv2.FONT_HERSHEY_DUPLEX, scale, _bgr(colour), 1, cv2.LINE_AA)
    return cv2.imencode(".jpg", panel)[1].tobytes()


def _event_row(event: Event, now: float) -> dict[str, Any]:
    end_at = now if event.end_seconds is None else event.started_at + event.end_seconds - event.start_seconds
    return {
        "source": event.source_id,
        "label": event.label.replace("_", " "),
        "score": f"{event.peak_score:.0%}",
        "people": "unknown" if event.people is None else str(event.people),
        "lasted": "goes on" if event.end_seconds is None else f"{end_at - event.started_at:.1f} s",
        "began": event.started_at,
        "ended": end_at,
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


def _chart(rows: list[dict[str, Any]]) -> altair.Chart:
    return altair.Chart(altair.Data(values=rows))  # type: ignore[no-untyped-call]


def _placed(rows: list[dict[str, Any]], from_at: float) -> list[dict[str, Any]]:
    """Return the rows with moments that the chart understands, none before the time shown."""
    return [
        {**row, "from": _moment(max(row["began"], from_at)), "to": _moment(row["ended"]), "began": _clock(row["began"])}
        for row in rows
    ]


def _colours(rows: list[dict[str, Any]]) -> altair.Color:
    labels = sorted({row["label"] for row in rows})
    colours = [LABEL_COLOURS[index % len(LABEL_COLOURS)] for index in range(len(labels))]
    legend = altair.Legend(title=None, orient="top", labelColor=TEXT, labelFontSize=13, symbolType="circle")
    return altair.Color("label:N", scale=altair.Scale(domain=labels, range=colours), legend=legend)


def _moment(at: float) -> int:
    return round(at * 1000)


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _bgr(colour: str) -> tuple[int, int, int]:
    red, green, blue = (int(colour[index : index + 2], 16) for index in (1, 3, 5))
    return blue, green, red
