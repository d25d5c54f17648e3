"""The pages: Streamlit runs this file for every viewer; app/server.py names it."""

import streamlit as st

from app.views import about, alerts, health, live, timeline

st.set_page_config(page_title="Vigil", page_icon=":material/visibility:", layout="wide")
st.navigation(
    [
        st.Page(live.show, title="Live", icon=":material/grid_view:", url_path="live", default=True),
        st.Page(timeline.show, title="Timeline", icon=":material/view_timeline:", url_path="timeline"),
        st.Page(alerts.show, title="Alerts", icon=":material/notifications:", url_path="alerts"),
        st.Page(health.show, title="Health", icon=":material/monitor_heart:", url_path="health"),
        st.Page(about.show, title="About", icon=":material/info:", url_path="about"),
    ],
    position="top",
).run()
