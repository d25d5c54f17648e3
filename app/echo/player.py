"""The player of a reading as a Streamlit component: the film strip and the reading in, moving pictures out."""

import base64
from pathlib import Path
from typing import Any

import streamlit as st

from app.echo.film_strip import COLUMNS, HEIGHT, MOST_FRAMES

STATIC_FOLDER = Path(__file__).resolve().parent / "static"

_mount = st.components.v2.component(
    "vigil_echo",
    html=(STATIC_FOLDER / "player.html").read_text(encoding="utf-8"),
    css=(STATIC_FOLDER / "player.css").read_text(encoding="utf-8"),
    js=(STATIC_FOLDER / "player.js").read_text(encoding="utf-8"),
)


def echo_player(reading: dict[str, Any], strip: bytes, *, key: str) -> None:
    """Play a recording with its contour, and its area curve below.

    Args:
        reading: as `_echo.json` holds it.
        strip: as `_strip.jpg` holds it.
        key: of the component on the page.
    """
    _mount(
        key=key,
        data={
            "reading": reading,
            "strip": base64.b64encode(strip).decode(),
            "columns": COLUMNS,
            "frame_height": HEIGHT,
            "frame_width": round(reading["width"] * HEIGHT / reading["height"]),
            "num_frames": min(len(reading["pts_seconds"]), MOST_FRAMES),
        },
    )
