"""Imaging: pictures and volumes dropped here are read by the workers; the queue, the results, and a viewer of them."""

import uuid
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import quote

import streamlit as st

from app.dashboard.client import current
from app.dashboard.views.wording import plain, tell_stale
from app.imaging.place import current_results, current_uploads
from app.imaging.submission import submit_jobs
from app.imaging.uploads import forget_uploads, keep_uploads
from app.imaging.view_pack import VIEW_SUFFIX
from app.imaging.viewer import show_viewer
from models.predictor import ModelCard
from models.registry import find_card, is_servable, model_names
from stream.errors import StreamError
from stream.imaging.inputs import find_imaging_inputs
from stream.jobs.job import JobStatus
from stream.jobs.job_queue import JobQueue

LARGEST_UPLOAD_MB = 2048
SHOWN_JOBS = 12
_STATE_ICONS = {
    "queued": ":material/hourglass_empty:",
    "running": ":material/progress_activity:",
    "done": ":material/check_circle:",
    "refused": ":material/block:",
    "cancelled": ":material/cancel:",
    "dead": ":material/error:",
}


def show() -> None:
    """Show the page."""
    listing, viewer = st.columns([1, 2.8], gap="large")
    with listing:
        st.markdown("### Imaging")
        _offer_upload()
        _show_queue()
        st.caption("Read while no live clip waits. Research and advice, not for clinical use.")
    with viewer:
        _show_results()


def _offer_upload() -> None:
    cards = _imaging_cards()
    if not cards:
        st.info("No model of pictures or volumes is ready; train or import one.", icon=":material/image_search:")
        return
    with st.form("imaging_upload", clear_on_submit=True, border=False):
        name = st.selectbox("Model", list(cards), format_func=lambda each: f"{each} ({cards[each].reads}s)")
        files = st.file_uploader(
            "Pictures, volumes, or the files of a DICOM series",
            accept_multiple_files=True,
            max_upload_size=LARGEST_UPLOAD_MB,
        )
        if st.form_submit_button("Read", icon=":material/play_arrow:") and files:
            problem = _submit(cards[name], [(file.name, file.getvalue()) for file in files])
            if problem:
                st.error(plain(problem))


def _imaging_cards() -> dict[str, ModelCard]:
    """Return the cards of the models that can be asked here; a damaged card hides no other."""
    cards = {}
    for name in model_names():
        try:
            card = find_card(name)
        except ValueError:
            continue
        if card.reads != "video" and is_servable(card):
            cards[name] = card
    return cards


def _submit(card: ModelCard, files: Sequence[tuple[str, bytes]]) -> str:
    """Put what was dropped into the queue; return what went wrong, or nothing."""
    try:
        folder = keep_uploads(current_uploads() / uuid.uuid4().hex[:12], files)
        found = find_imaging_inputs([str(folder)], "picture" if card.reads == "picture" else "volume")
        if not found.inputs:
            return f"{', '.join(name for name, _ in files)}: required {card.reads}s that can be read, found none"
        submit_jobs(JobQueue(current().bus), card, found.inputs, current_results())
    except (StreamError, OSError) as error:
        return str(error)
    current().jobs.forget()
    return ""


@st.fragment(run_every=1)
def _show_queue() -> None:
    snapshot = current().jobs.get()
    tell_stale(snapshot)
    jobs = snapshot.value
    forget_uploads(current_uploads(), jobs)
    for job in reversed(jobs[-SHOWN_JOBS:]):
        _show_job(job)
    num_ended = sum(job.has_ended for job in jobs)
    if num_ended != st.session_state.get("num_ended_jobs", num_ended):
        st.session_state["num_ended_jobs"] = num_ended
        st.rerun(scope="app")  # the list of results has a new one
    st.session_state["num_ended_jobs"] = num_ended


def _show_job(job: JobStatus) -> None:
    name = plain(PurePath(job.location).name)
    text, stop = st.columns([5, 1], vertical_alignment="center")
    text.markdown(f"{_STATE_ICONS[job.state]} **{name}** {plain(job.model)}, {_words(job)}")
    if job.state == "running" and job.num_pieces:
        text.progress(min(job.num_done / job.num_pieces, 1.0))
    if not job.has_ended and stop.button("", icon=":material/close:", key=f"stop_{job.job_id}", help="Cancel"):
        JobQueue(current().bus).cancel(job.job_id)
        current().jobs.forget()


def _words(job: JobStatus) -> str:
    if job.state == "running" and job.num_pieces:
        return f"{job.num_done} of {job.num_pieces} {plain(job.unit)}"
    if job.state == "done":
        found = f"{job.num_objects:,} found in {job.ended_at - job.started_at:.0f} s"
        return found if _is_shown_here(job) else f"{found}, kept in the folder {plain(PurePath(job.folder).name)}"
    return f"{job.state}: {plain(job.reason)}" if job.reason else job.state


def _is_shown_here(job: JobStatus) -> bool:
    """Whether its result lies among those of this page, and not where its sender wanted it."""
    return Path(job.folder) == current_results()


def _show_results() -> None:
    names = _readings(current_results())
    if not names:
        st.info("No result yet. Drop a file here, or run: vigil submit FILE --model NAME", icon=":material/image:")
        return
    chosen = st.selectbox("Result", names, label_visibility="collapsed", key="reading")
    show_viewer(chosen)
    found = _downloads(current_results(), chosen)
    links = [f"[{plain(path.name)}](/api/results/{quote(path.name)})" for path in found]
    st.caption("Download: " + ", ".join(links))


def _readings(folder: Path) -> list[str]:
    """Return the names of the results that can be shown, the newest first."""
    files: list[Any] = sorted(folder.glob(f"*{VIEW_SUFFIX}"), key=lambda file: file.stat().st_mtime, reverse=True)
    return [file.name.removesuffix(VIEW_SUFFIX) for file in files]


def _downloads(folder: Path, name: str) -> list[Path]:
    found = [*folder.glob(f"{name}.*"), *folder.glob(f"{name}_*")]
    others = [other for other in _readings(folder) if other != name and other.startswith(f"{name}_")]
    return sorted(
        path for path in found if "_view." not in path.name and not any(path.name.startswith(other) for other in others)
    )
