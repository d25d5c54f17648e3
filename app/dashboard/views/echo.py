"""Echo: a recording playing with its contour, its area over time, and the ejection fraction of every beat."""

import subprocess
import sys
import tempfile
from pathlib import Path, PurePath
from typing import Any

import streamlit as st

from app.dashboard.views.wording import plain
from app.echo.place import current_readings, list_readings, load_reading, load_strip
from app.echo.player import echo_player

FILE_TYPES = ["dcm", "dicom", "mp4", "mkv", "mov", "avi"]
LONGEST_SECONDS = 300
"""A reading may take; then it is given up."""
OPINIONS_DIFFER = 10.0
"""Points between the two ways of measuring, above which the page says so."""


def show() -> None:
    """Show the page."""
    folder = current_readings()
    listing, film = st.columns([1, 2.6], gap="large")
    with listing:
        st.markdown("### Echo")
        chosen = _choose(folder)
        _offer_upload(folder)
        st.caption("Apical four-chamber recordings of two beats or more. Not for clinical use.")
    if chosen is None:
        film.info("No reading yet. Load a recording here, or run: vigil echo FILE", icon=":material/cardiology:")
        return
    try:
        reading = load_reading(folder, chosen)
        strip = load_strip(folder, chosen)
    except (OSError, ValueError) as error:
        film.error(str(error))
        return
    with listing:
        _tell(reading)
    with film:
        if strip is not None:
            echo_player(reading, strip, key=f"player_{chosen}")


def _choose(folder: Path) -> str | None:
    names = list_readings(folder)
    return st.selectbox("Recording", names, label_visibility="collapsed") if names else None


def _offer_upload(folder: Path) -> None:
    with st.form("upload", clear_on_submit=True, border=False):
        loaded = st.file_uploader("DICOM cine or video", FILE_TYPES)
        if st.form_submit_button("Read", icon=":material/cardiology:") and loaded is not None:
            with st.spinner("Reading the recording"):
                problem = _read(loaded.name, loaded.getvalue(), folder)
            if problem:
                st.error(problem)
            else:
                st.rerun()


def _read(name: str, content: bytes, folder: Path) -> str:
    """Read a recording in a process of its own, which may use torch; return what went wrong, or nothing."""
    with tempfile.TemporaryDirectory(prefix="vigil-echo-") as place:
        path = Path(place) / PurePath(name).name
        path.write_bytes(content)
        command = [sys.executable, "-m", "app.cli", "echo", str(path), "--out", str(folder)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return f"the reading took longer than {LONGEST_SECONDS} s and was given up"
    has_reading = (folder / f"{path.stem}_echo.json").exists()
    last_line = (done.stderr.strip().splitlines() or ["no reason was given"])[-1]
    return "" if has_reading or done.returncode == 0 else last_line.replace(str(path), name)


def _tell(reading: dict[str, Any]) -> None:
    """Say what was read: the mean, its spread, the second opinion, every beat; or why there is nothing."""
    refusal = reading["refusal"]
    if refusal:
        st.warning(f"**Not read.** {plain(refusal['reason'])}", icon=":material/block:")
    else:
        _show_numbers(reading)
    if reading["view"]:
        view = plain(reading["view"].replace("_", " "))
        st.caption(f"View: {view} ({reading['view_score']:.0%}). {reading['frame_rate_hz']:.0f} frames a second.")
    if reading["beats"] and not refusal:
        st.dataframe([_row(index, beat) for index, beat in enumerate(reading["beats"], start=1)], hide_index=True)


def _show_numbers(reading: dict[str, Any]) -> None:
    spread, second = reading["ef_spread"], reading["volume_ef_percent"]
    first, other = st.columns(2)
    first.metric("Ejection fraction", f"{spread['mean']:.0f} %", border=True)
    other.metric("By area and length", f"{second:.0f} %", border=True)
    st.caption(f"{len(reading['beats'])} beats, {spread['lowest']:.0f} to {spread['highest']:.0f} %")
    if abs(spread["mean"] - second) > OPINIONS_DIFFER:
        st.warning("The two ways of measuring differ widely: look at the contour.", icon=":material/compare_arrows:")


def _row(number: int, beat: dict[str, Any]) -> dict[str, Any]:
    row = {
        "Beat": number,
        "EF %": round(beat["ef_percent"], 1),
        "Volume %": round(beat["volume_ef_percent"], 1),
        "At s": round(beat["systole_seconds"], 2),
    }
    if beat["edv_ml"] is not None:
        row |= {"EDV ml": round(beat["edv_ml"]), "ESV ml": round(beat["esv_ml"])}
    return row
