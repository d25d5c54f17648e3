"""Alerts: all of them with their states, to filter, read and acknowledge."""

from collections.abc import Collection

import streamlit as st

from app.dashboard.client import current
from app.dashboard.views.alert_cards import acknowledge_chosen, show_card
from app.dashboard.views.live import urgency
from app.dashboard.views.wording import local_time, tell_stale
from app.dashboard.wall.tiles import OPEN_STATES
from stream.messages import SEVERITIES, Alert

MAX_CARDS = 30


def show() -> None:
    """Show the page."""
    st.markdown("### Alerts")
    severity, kind, source = st.columns([2, 2, 2])
    severities = severity.pills("Severity", reversed(SEVERITIES), selection_mode="multi")
    classes = kind.pills("Class", ("behaviour", "technical"), selection_mode="multi")
    source_ids = source.multiselect("Source", sorted(current().sources.get().value), placeholder="All sources")
    show_alerts(tuple(severities), tuple(classes), tuple(source_ids))
    acknowledge_chosen()


@st.fragment(run_every=1)
def show_alerts(severities: Collection[str], classes: Collection[str], source_ids: Collection[str]) -> None:
    """Show open alerts as cards and the others as a table."""
    snapshot = current().alerts.get()
    tell_stale(snapshot)
    if not snapshot.is_known:
        st.markdown("#### Open  :gray[unknown]")
        st.caption("Alerts are unknown until the server answers: this is no sign that there are none.")
        return
    wanted = [
        alert
        for alert in snapshot.value
        if (not severities or alert.severity in severities)
        and (not classes or alert.alert_class in classes)
        and (not source_ids or alert.source_id in source_ids)
    ]
    open_alerts = sorted((alert for alert in wanted if alert.state in OPEN_STATES), key=urgency)
    st.markdown(f"#### Open  :gray[{len(open_alerts)}]")
    columns = st.columns(3)
    for index, alert in enumerate(open_alerts[:MAX_CARDS]):
        with columns[index % 3]:
            show_card(alert)
    if len(open_alerts) > MAX_CARDS:
        st.caption(f"{len(open_alerts) - MAX_CARDS} more are open: narrow the filter to see them.")
    others = sorted((alert for alert in wanted if alert.state not in OPEN_STATES), key=lambda alert: -alert.changed_at)
    st.markdown(f"#### Others  :gray[{len(others)}]")
    st.dataframe([_row(alert) for alert in others], key="others", hide_index=True, placeholder="None.")


def _row(alert: Alert) -> dict[str, str]:
    return {
        "State": alert.state,
        "Severity": alert.severity,
        "Raised": local_time(alert.raised_at),
        "Changed": local_time(alert.changed_at),
        "Source": alert.source_id,
        "Alert": alert.text,
        "Rule": alert.rule,
        "Acknowledged by": alert.acknowledged_by or "",
    }
