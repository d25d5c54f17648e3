"""What the mobility page knows of a patient: place and company of now, spells of before, nobody else's."""

import pytest

from app.mobility.live_patient import live_patients, spoken
from models.mobility import LABELS
from models.results import Classification, result_to_json
from stream.messages import Event, InferenceResult

NOW = 1000.0


def result(likely: set[str], *, source: str = "bed-1", labels: tuple[str, ...] = LABELS) -> InferenceResult:
    said = Classification(labels, tuple(0.9 if label in likely else 0.1 for label in labels), is_multi_label=True)
    return InferenceResult(source, "m", 1, 7, result_to_json(said), 2.8, 3.2, NOW - 1, NOW - 1, NOW, "w")


def event(label: str, started_at: float, *, lasted: float | None, people: int | None = None) -> Event:
    end = None if lasted is None else 10.0 + lasted
    return Event(f"{label}-{started_at}", "bed-1", "m", label, 1, 10.0, end, 0.9, 11.0, started_at, people)


def test_place_and_company_are_those_of_the_newest_answer() -> None:
    (patient,) = live_patients({"bed-1": [result({"patient_in_chair", "staff_present"})]}, [], now=NOW)
    assert (patient.place, patient.is_staff_present, patient.is_alone) == ("patient_in_chair", True, False)


def test_mobilisations_come_in_order_with_their_people_and_places_are_none() -> None:
    events = [
        event("into_chair", 950.0, lasted=None, people=1),
        event("patient_in_bed", 100.0, lasted=400.0),
        event("out_of_bed", 500.0, lasted=6.0, people=2),
    ]
    (patient,) = live_patients({"bed-1": [result({"patient_standing"})]}, events, now=NOW)
    assert [(one.label, one.people, one.ended_at, one.is_open) for one in patient.mobilisations] == [
        ("out_of_bed", 2, 506.0, False),
        ("into_chair", 1, NOW, True),
    ]
    assert len(patient.spells) == 3


@pytest.mark.parametrize(("label", "words"), [("out_of_bed", "out of bed"), ("patient_in_chair", "in chair")])
def test_labels_are_spoken_in_words(label: str, words: str) -> None:
    assert spoken(label) == words
