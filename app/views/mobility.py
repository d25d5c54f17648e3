"""Mobility: where each patient is, who is there, and every mobilisation with how many of the staff took part."""

import time
from html import escape
from urllib.parse import quote

import streamlit as st

from app.client import current
from app.mobility.live_chart import COLOURS, draw_live_chart
from app.mobility.live_patient import LivePatient, Spell, live_patients, spoken
from app.surgery.live_ribbon import clock
from app.views.wording import local_time, plain, tell_stale

MAX_PICTURES = 4
"""Moving pictures on the page: a browser keeps six connections to one server, and the page needs its own."""


def show() -> None:
    """Show the page."""
    st.markdown("### Mobility")
    show_patients()
    st.caption("Numbers are members of staff who took part, as the model counts them. Advisory: not a medical device.")


@st.fragment(run_every=1)
def show_patients() -> None:
    """Show one panel for each source whose patient is followed."""
    client = current()
    results, events = client.results.get(), client.events.get()
    tell_stale(results, events)
    now = time.time()
    patients = live_patients(results.value.by_source, events.value, now=now)
    if not patients:
        st.info(
            "No patient is followed yet. Add a source with the model icu_mobility: vigil sources add",
            icon=":material/airline_seat_flat:",
        )
    for index, patient in enumerate(patients):
        with st.container(border=True, key=f"patient_{patient.source_id}"):
            if index < MAX_PICTURES:
                picture, told = st.columns([1, 3.2], gap="medium", vertical_alignment="center")
                picture.html(_picture(patient.source_id))
            else:
                told = st.container()
            with told:
                _show_patient(patient, now)


def _show_patient(patient: LivePatient, now: float) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"#### {plain(patient.source_id)}", width="content")
        if patient.is_silent(now):
            st.markdown(f":orange-badge[no answer since {local_time(patient.answered_at)}]", width="content")
    place, company, last, number = st.columns([1.4, 1.2, 2, 1])
    with place:
        st.caption("Patient")
        name = plain(spoken(patient.place)).capitalize()
        colour = COLOURS[patient.place]
        st.html(f'<div style="border-left:0.5rem solid {colour};padding-left:0.6rem;font-size:1.6rem">{name}</div>')
    company.metric("Company", _company(patient))
    mobilisations = patient.mobilisations
    last.metric("Last mobilisation", _last(mobilisations[-1], now) if mobilisations else "none seen")
    number.metric("Mobilisations", len(mobilisations))
    st.altair_chart(draw_live_chart(patient, now=now), key=f"mobility_{patient.source_id}", width="stretch")


def _company(patient: LivePatient) -> str:
    if patient.is_staff_present:
        return "Staff present"
    return "Alone" if patient.is_alone else "Nobody"


def _last(spell: Spell, now: float) -> str:
    people = "" if spell.people is None else f", {spell.people} helped" if spell.people else ", unaided"
    since = "now" if spell.is_open else f"{clock(now - spell.ended_at)} ago"
    return f"{spoken(spell.label).capitalize()}{people}, {since}"


def _picture(source_id: str) -> str:
    """Return the camera's picture as it comes; a panel says so when it does not."""
    address = f"/mjpeg/{quote(source_id, safe='')}"
    return f'<img src="{address}" alt="{escape(source_id)}" style="width:100%;border-radius:0.5rem">'
