"""Timeline: what happened at every source in the last hours, and when nobody watched."""

import time

import streamlit as st

from app.dashboard.client import current
from app.dashboard.event_chart import draw_event_chart
from app.dashboard.views.wording import duration, local_time, tell_stale
from stream.messages import Event

HOURS = {"15 min": 0.25, "1 h": 1.0, "4 h": 4.0, "12 h": 12.0}
MAX_ROWS = 200


def show() -> None:
    """Show the page."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown("### Timeline", width="content")
        span = st.segmented_control("Span", list(HOURS), default="15 min", label_visibility="collapsed")
    show_timeline(HOURS[span or "15 min"])


@st.fragment(run_every=2)
def show_timeline(num_hours: float) -> None:
    """Draw the events and list them."""
    client = current()
    events, gaps, sources = client.events.get(), client.gaps.get(), client.sources.get()
    tell_stale(events, sources)
    now = time.time()
    from_at = now - num_hours * 3600
    source_ids = sorted({*sources.value, *(event.source_id for event in events.value)})
    if not source_ids and not sources.is_known:
        return
    if not source_ids:
        st.info("No sources yet. Add one with: vigil sources add", icon=":material/videocam_off:")
        return
    recent = [event for event in events.value if event.ended_at is None or event.ended_at >= from_at]
    st.altair_chart(
        draw_event_chart(recent, gaps.value, source_ids, from_at=from_at, to_at=now), key="timeline", width="stretch"
    )
    st.caption("Grey: not monitored, or not analysed. Point at a bar for the score, the people and the length.")
    st.dataframe(
        [_row(event) for event in sorted(recent, key=lambda event: -event.started_at)[:MAX_ROWS]],
        key="events",
        hide_index=True,
        placeholder="No event in this time.",
    )


def _row(event: Event) -> dict[str, str]:
    return {
        "Began": local_time(event.started_at),
        "Source": event.source_id,
        "Event": event.label.replace("_", " "),
        "Peak score": f"{event.peak_score:.0%}",
        "Length": "goes on" if event.end_seconds is None else duration(event.end_seconds - event.start_seconds),
        "People": "" if event.people is None else str(event.people),
        "Model": event.model,
    }
