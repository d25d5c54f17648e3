"""Live: the wall of all sources, and beside it the alerts that want somebody's eyes."""

import time

import streamlit as st

from app.dashboard.client import current
from app.dashboard.event_chart import draw_event_chart
from app.dashboard.views.alert_cards import acknowledge_chosen, show_card
from app.dashboard.views.wording import plain, tell_stale
from app.dashboard.wall.component import live_wall
from app.dashboard.wall.tiles import OPEN_STATES
from stream.messages import SEVERITIES, Alert

MAX_CARDS = 12
RECENT_SECONDS = 900.0


def show() -> None:
    """Show the page."""
    wall, feed = st.columns([4, 1.2], gap="medium")
    with wall:
        live_wall(current().tickets.issue())
        show_recent()
    with feed:
        show_feed()
    acknowledge_chosen()


@st.fragment(run_every=1)
def show_feed() -> None:
    """Show open alerts, worst first, then those that somebody has seen."""
    alerts = current().alerts.get()
    tell_stale(alerts)
    is_open = [alert for alert in alerts.value if alert.state in OPEN_STATES]
    seen = [alert for alert in alerts.value if alert.state == "acknowledged"]
    st.markdown("#### Alerts")
    if not alerts.is_known:
        st.caption("Alerts are unknown until the server answers: this is no sign that there are none.")
        return
    st.caption(f"{len(is_open)} open, {len(seen)} acknowledged")
    for alert in sorted(is_open, key=urgency)[:MAX_CARDS]:
        show_card(alert)
    if not is_open:
        st.caption(_calm_line())
    for alert in sorted(seen, key=urgency)[: MAX_CARDS - len(is_open)]:
        show_card(alert)
    st.caption(plain("Advisory only: not a primary medical alarm."))


@st.fragment(run_every=5)
def show_recent() -> None:
    """Show what happened at every source in the last minutes."""
    events, gaps, sources = current().events.get(), current().gaps.get(), current().sources.get()
    if not sources.value:
        return
    to_at = time.time()
    chart = draw_event_chart(
        events.value,
        gaps.value,
        sorted(sources.value),
        from_at=to_at - RECENT_SECONDS,
        to_at=to_at,
        row_height_px=24,
    )
    st.altair_chart(chart, key="recent", width="stretch")


def urgency(alert: Alert) -> tuple[int, float]:
    """Sort key: the most severe first, the newest of those first."""
    return -SEVERITIES.index(alert.severity), -alert.raised_at


def _calm_line() -> str:
    sources, gaps = current().sources.get().value, current().open_gaps.get().value
    blind = {status.source_id for status in sources.values() if status.state != "live"}
    blind |= {gap.source_id for gap in gaps if gap.source_id in sources}
    if not blind:
        return "No open alert."
    return f"No open alert, but {len(blind)} of {len(sources)} sources are not watched: silence there means nothing."
