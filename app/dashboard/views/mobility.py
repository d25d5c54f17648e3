"""Mobility: where each patient is, who is there, and every mobilisation with how many of the staff took part."""

import streamlit as st

from app.dashboard.followed import Spell
from app.dashboard.views.source_panels import show_panels, show_state
from app.dashboard.views.wording import clock
from app.mobility.live_chart import COLOURS, draw_live_chart
from app.mobility.live_patient import LivePatient, live_patients, spoken


def show() -> None:
    """Show the page."""
    st.markdown("### Mobility")
    show_panels(
        live_patients,
        _show_patient,
        nobody="No patient is followed yet. Add a source with the model icu_mobility: vigil sources add",
        icon=":material/airline_seat_flat:",
    )
    st.caption("Numbers are members of staff who took part, as the model counts them. Advisory: not a medical device.")


def _show_patient(patient: LivePatient, now: float) -> None:
    place, company, last, number = st.columns([1.4, 1.2, 2, 1])
    with place:
        show_state("Patient", spoken(patient.place), COLOURS[patient.place])
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
