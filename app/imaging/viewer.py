"""The viewer of a reading as a Streamlit component: its name in, three planes with labels out."""

from pathlib import Path

import streamlit as st

STATIC_FOLDER = Path(__file__).resolve().parent / "static"

_mount = st.components.v2.component(
    "vigil_viewer",
    html=(STATIC_FOLDER / "viewer.html").read_text(encoding="utf-8"),
    css=(STATIC_FOLDER / "viewer.css").read_text(encoding="utf-8"),
    js=(STATIC_FOLDER / "viewer.js").read_text(encoding="utf-8"),
)


def show_viewer(name: str) -> None:
    """Show a reading that has a view pack; its slices come by `/api/readings`."""
    _mount(key=f"viewer_{name}", data={"name": name})
