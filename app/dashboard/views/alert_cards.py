"""One alert as a card, and the dialog in which somebody acknowledges it."""

import streamlit as st

from app.dashboard.client import current
from app.dashboard.views.wording import alert_text, local_time, plain, standing
from app.dashboard.wall.tiles import OPEN_STATES
from stream.errors import StreamError
from stream.messages import Alert, Severity

BADGE_COLOURS: dict[Severity, str] = {"high": "red", "medium": "orange", "low": "blue", "info": "gray"}
_CHOSEN, _NAME = "alert_to_acknowledge", "name_of_viewer"


def show_card(alert: Alert) -> None:
    """Show an alert with who, what, when, and a way to acknowledge it while it is open."""
    with st.container(border=True, gap="xsmall", key=f"alert_{alert.alert_id}"):
        colour = BADGE_COLOURS[alert.severity]
        st.markdown(
            f":{colour}-badge[{alert.severity}]  **{plain(alert.source_id)}**  :gray[{local_time(alert.raised_at)}]"
        )
        st.markdown(alert_text(alert))
        if alert.state in OPEN_STATES:
            st.caption(standing(alert))
            if st.button("Acknowledge", key=f"acknowledge_{alert.alert_id}"):
                st.session_state[_CHOSEN] = alert.alert_id
                st.rerun()  # the whole page: a dialog that a fragment opens closes when the fragment runs again
        elif alert.acknowledged_by:
            st.caption(f"{alert.state} by {plain(alert.acknowledged_by)} at {local_time(alert.changed_at)}")


def acknowledge_chosen() -> None:
    """Open the dialog for the alert whose button was pressed; call it outside fragments."""
    alert_id = st.session_state.pop(_CHOSEN, None)
    alert = next((alert for alert in current().alerts.get().value if alert.alert_id == alert_id), None)
    if alert is not None:
        _acknowledge_in_dialog(alert)


@st.dialog("Acknowledge alert")
def _acknowledge_in_dialog(alert: Alert) -> None:
    st.markdown(f"**{plain(alert.source_id)}**: {alert_text(alert)}")
    with st.form("acknowledgement", border=False):
        who = st.text_input("Your name", value=st.session_state.get(_NAME, ""), max_chars=80)
        note = st.text_area("Note (optional)", max_chars=500, height=80)
        is_sent = st.form_submit_button("Acknowledge", type="primary")
    if not is_sent:
        return
    if not who.strip():
        st.error("A name is required: the acknowledgement is kept under it.")
        return
    try:
        current().acknowledge(alert.alert_id, who.strip(), note.strip())
    except (StreamError, KeyError, ValueError) as error:
        st.error(f"Not acknowledged: {plain(str(error))}")
        return
    st.session_state[_NAME] = who.strip()
    st.rerun()
