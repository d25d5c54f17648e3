"""Surgery: which phase each operation is in, for how long already, for how long still, and what came before."""

import time
from html import escape
from urllib.parse import quote

import streamlit as st

from app.client import current
from app.surgery.live_operation import LiveOperation, live_operations
from app.surgery.live_ribbon import clock, draw_live_ribbon
from app.surgery.phase_track import OTHER_COLOUR, PHASE_COLOURS, spoken
from app.views.wording import local_time, plain, tell_stale

MAX_PICTURES = 4
"""Moving pictures on the page: a browser keeps six connections to one server, and the page needs its own."""


def show() -> None:
    """Show the page."""
    st.markdown("### Surgery")
    show_operations()
    st.caption("Recognised online from the endoscope's picture. Advisory only: not a medical device.")


@st.fragment(run_every=1)
def show_operations() -> None:
    """Show one panel for each source whose phases are recognised."""
    client = current()
    results, events = client.results.get(), client.events.get()
    tell_stale(results, events)
    now = time.time()
    operations = live_operations(results.value.by_source, events.value, now=now)
    if not operations:
        st.info(
            "No operation yet. Add a source with the model surgical_phase: vigil sources add",
            icon=":material/surgical:",
        )
    for index, operation in enumerate(operations):
        with st.container(border=True, key=f"operation_{operation.source_id}"):
            if index < MAX_PICTURES:
                picture, told = st.columns([1, 3.2], gap="medium", vertical_alignment="center")
                picture.html(_picture(operation.source_id))
            else:
                told = st.container()
            with told:
                _show_operation(operation, now)


def _show_operation(operation: LiveOperation, now: float) -> None:
    colour = PHASE_COLOURS.get(operation.phase, OTHER_COLOUR)
    began_at = operation.past[0].started_at if operation.past else None
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"#### {plain(operation.source_id)}", width="content")
        if operation.is_silent(now):
            st.markdown(f":orange-badge[no answer since {local_time(operation.answered_at)}]", width="content")
    phase, in_phase, left, total = st.columns([2.2, 1, 1.6, 1])
    since = operation.in_phase_since
    with phase:
        st.caption("Phase")
        name = plain(spoken(operation.phase)).capitalize()
        st.html(f'<div style="border-left:0.5rem solid {colour};padding-left:0.6rem;font-size:1.6rem">{name}</div>')
    in_phase.metric("In this phase", clock(now - since) if since else "just begun")
    left.metric("Left in this phase, about", _left(operation))
    total.metric("Operation", clock(now - began_at) if began_at else "just begun")
    st.altair_chart(draw_live_ribbon(operation.past, now=now), key=f"ribbon_{operation.source_id}", width="stretch")


def _picture(source_id: str) -> str:
    """Return the endoscope's picture as it comes; a panel says so when it does not."""
    address = f"/mjpeg/{quote(source_id, safe='')}"
    return f'<img src="{address}" alt="{escape(source_id)}" style="width:100%;border-radius:0.5rem">'


def _left(operation: LiveOperation) -> str:
    """Return the time left in words: the middle, and between what it lies four times out of five."""
    left = operation.left
    if left is None:
        return "not settled"
    if left.interval is None:
        return clock(left.value)
    least, most = left.interval
    return f"{clock(left.value)}  ({clock(least)} to {clock(most)})"
