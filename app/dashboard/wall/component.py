"""The live wall as a Streamlit component: it only opens the socket; pictures never pass through Streamlit."""

from pathlib import Path

import streamlit as st

STATIC_FOLDER = Path(__file__).resolve().parent / "static"
STATIC_PATH = "/wall"
"""Where the server offers the component's modules."""

_LOADER = f"""
export default async function (component) {{
  const {{ mount }} = await import(new URL("{STATIC_PATH}/wall.js", window.location.origin));
  return mount(component);
}}
"""

_mount = st.components.v2.component(
    "vigil_wall",
    html=(STATIC_FOLDER / "wall.html").read_text(encoding="utf-8"),
    css=(STATIC_FOLDER / "wall.css").read_text(encoding="utf-8"),
    js=_LOADER,
)


def live_wall(ticket: str) -> None:
    """Show the wall; it asks for another run of the page when its ticket is refused."""
    _mount(key="live_wall", data={"ticket": ticket}, on_ticket_wanted_change=lambda: None)
