"""Panels of followed sources, one below the other: the moving picture, the name, and what a page tells of each."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Protocol, TypeVar
from urllib.parse import quote

import streamlit as st

from app.dashboard.client import current
from app.dashboard.followed import Followed
from app.dashboard.views.wording import local_time, plain, tell_stale
from stream.messages import Event, InferenceResult

MAX_PICTURES = 4
"""Moving pictures on a page: a browser keeps six connections to one server, and the page needs its own."""

Source = TypeVar("Source", bound=Followed)
Kept = TypeVar("Kept", bound=Followed, covariant=True)


class Find(Protocol[Kept]):
    """Finds the sources of a page among the newest results of each model, by source, and all events."""

    def __call__(
        self, results: Mapping[str, Sequence[InferenceResult]], events: Iterable[Event], *, now: float
    ) -> Sequence[Kept]: ...


@st.fragment(run_every=1)
def show_panels(find: Find[Source], show: Callable[[Source, float], None], *, nobody: str, icon: str) -> None:
    """Show one panel for each source, again every second.

    Args:
        find: finds the sources.
        show: shows what is known of one, below its name; takes the wall time too.
        nobody: is said when there is none.
        icon: stands beside that.
    """
    client = current()
    results, events = client.results.get(), client.events.get()
    tell_stale(results, events)
    now = time.time()
    sources = find(results.value.by_source, events.value, now=now)
    if not sources:
        st.info(nobody, icon=icon)
    for index, source in enumerate(sources):
        with st.container(border=True, key=f"panel_{source.source_id}"):
            if index < MAX_PICTURES:
                picture, told = st.columns([1, 3.2], gap="medium", vertical_alignment="center")
                picture.html(_picture(source.source_id))
            else:
                told = st.container()
            with told:
                _show_name(source, now)
                show(source, now)


def show_state(caption: str, name: str, colour: str) -> None:
    """Show in large letters, beside a bar in its colour, how something stands."""
    st.caption(caption)
    shown = plain(name).capitalize()
    st.html(f'<div style="border-left:0.5rem solid {colour};padding-left:0.6rem;font-size:1.6rem">{shown}</div>')


def _show_name(source: Followed, now: float) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"#### {plain(source.source_id)}", width="content")
        if source.is_silent(now):
            st.markdown(f":orange-badge[no answer since {local_time(source.answered_at)}]", width="content")


def _picture(source_id: str) -> str:
    """Return the camera's picture as it comes; it says so itself when it does not."""
    address = f"/mjpeg/{quote(source_id, safe='')}"
    return f'<img src="{address}" alt="{escape(source_id)}" style="width:100%;border-radius:0.5rem">'
