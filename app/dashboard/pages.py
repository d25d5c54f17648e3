"""The pages: Streamlit runs this file for every viewer; app/dashboard/server.py names it."""

from pathlib import Path

import streamlit as st

from app.dashboard.brand import ICON, LOGO
from app.dashboard.views import about, alerts, echo, health, imaging, live, mobility, surgery, timeline

st.set_page_config(page_title="Vigil", page_icon=ICON, layout="wide")
st.logo(LOGO, size="large")
st.html(Path(__file__).parent / "views" / "page.css")
st.navigation(
    [
        st.Page(live.show, title="Live", icon=":material/grid_view:", url_path="live", default=True),
        st.Page(timeline.show, title="Timeline", icon=":material/view_timeline:", url_path="timeline"),
        st.Page(alerts.show, title="Alerts", icon=":material/notifications:", url_path="alerts"),
        st.Page(mobility.show, title="Mobility", icon=":material/airline_seat_flat:", url_path="mobility"),
        st.Page(surgery.show, title="Surgery", icon=":material/surgical:", url_path="surgery"),
        st.Page(echo.show, title="Echo", icon=":material/cardiology:", url_path="echo"),
        st.Page(imaging.show, title="Imaging", icon=":material/radiology:", url_path="imaging"),
        st.Page(health.show, title="Health", icon=":material/monitor_heart:", url_path="health"),
        st.Page(about.show, title="About", icon=":material/info:", url_path="about"),
    ],
    position="top",
).run()
