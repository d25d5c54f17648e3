"""About: what Vigil is, and what it must not be taken for."""

import streamlit as st

TEXT = """
### Vigil

Vigil watches clinical video. It decodes cameras, files and ultrasound cines, runs video models on short clips of
them, and shows what the models say: on the live wall, on the timeline, and as alerts.

#### What it is not

It is an **advisory** system, not a primary medical alarm and not a medical device. It must not be the only thing
that watches a patient. Models err: a quiet page is no proof that nothing happened.

#### How to read the wall

- The age on each tile is the age of the picture that you see, measured on your own screen.
- **Not monitored** means that nobody watches the source: the picture is older than three seconds, the source is
  down, or this page has lost its connection. Silence there means nothing.
- **Not analysed since** means that pictures come but no model has scored them for fifteen seconds.
- *Pixelated* pictures were made coarse before they left the process that reads the camera; *clear* ones were not.

#### Where things are kept

Live pictures stay in memory and are gone within about a minute. Results, events and alerts carry no pictures.
Times are kept in UTC and shown in the zone of your browser.

#### For programs

`/api/openapi.json` describes the HTTP interface, `/api/alerts/stream` sends events and alerts as they come,
`/metrics` is for Prometheus, `/healthz` and `/readyz` are for whatever restarts things.
"""


def show() -> None:
    """Show the page."""
    text, _margin = st.columns([2, 1])
    text.markdown(TEXT)
