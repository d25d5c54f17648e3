"""Surgery: which phase each operation is in, for how long already, for how long still, and what came before."""

import streamlit as st

from app.dashboard.views.source_panels import show_panels, show_state
from app.dashboard.views.wording import clock
from app.surgery.live_operation import LiveOperation, live_operations
from app.surgery.live_ribbon import draw_live_ribbon
from app.surgery.phase_track import OTHER_COLOUR, PHASE_COLOURS, spoken


def show() -> None:
    """Show the page."""
    st.markdown("### Surgery")
    show_panels(
        live_operations,
        _show_operation,
        nobody="No operation yet. Add a source with the model surgical_phase: vigil sources add",
        icon=":material/surgical:",
    )
    st.caption("Recognised online from the endoscope's picture. Advisory only: not a medical device.")


def _show_operation(operation: LiveOperation, now: float) -> None:
    phase, in_phase, left, total = st.columns([2.2, 1, 1.6, 1])
    since = operation.in_phase_since
    began_at = operation.past[0].started_at if operation.past else None
    with phase:
        show_state("Phase", spoken(operation.phase), PHASE_COLOURS.get(operation.phase, OTHER_COLOUR))
    in_phase.metric("In this phase", clock(now - since) if since else "just begun")
    left.metric("Left in this phase, about", _left(operation))
    total.metric("Operation", clock(now - began_at) if began_at else "just begun")
    st.altair_chart(draw_live_ribbon(operation.past, now=now), key=f"ribbon_{operation.source_id}", width="stretch")


def _left(operation: LiveOperation) -> str:
    """Return the time left in words: the middle, and between what it lies four times out of five."""
    left = operation.left
    if left is None:
        return "not settled"
    if left.interval is None:
        return clock(left.value)
    least, most = left.interval
    return f"{clock(left.value)}  ({clock(least)} to {clock(most)})"
