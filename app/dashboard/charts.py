"""What all charts on the pages share: rows, moments, and the look of axes and legends."""

from collections.abc import Sequence
from typing import Any

import altair

from app.dashboard.theme import LINE, MUTED, TEXT


def moment(at: float) -> int:
    """Return a wall time as charts take it; the browser shows it in its own zone."""
    return round(at * 1000)


def rows_chart(rows: Sequence[dict[str, Any]]) -> altair.Chart:
    """Return a chart of these rows, to be marked."""
    return altair.Chart(altair.Data(values=list(rows)))  # type: ignore[no-untyped-call]


def legend_above(**options: Any) -> altair.Legend:
    """Return a legend in one line above a chart."""
    return altair.Legend(title=None, orient="top", labelColor=TEXT, labelFontSize=13, **options)


def layered(layers: Sequence[altair.Chart], *, height_px: int) -> altair.LayerChart:
    """Return layers as one chart in the colours of the pages; what is added to the height is for axis and legend."""
    chart: altair.LayerChart = (
        altair.layer(*layers)
        .properties(height=height_px)
        .configure_axis(labelColor=MUTED, gridColor=LINE, domainColor=LINE, tickColor=LINE, labelFontSize=13)
        .configure_view(stroke=None)
    )
    return chart
