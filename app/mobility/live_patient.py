"""A patient who is being watched: where, with whom, and which mobilisations there were, with how many of the staff."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.dashboard.followed import Answer, Followed, Spell, newest_answers
from models.mobility import ACTIVITIES, LABELS, PATIENT_ALONE, PLACE_LABELS, STAFF_PRESENT
from stream.messages import Event, InferenceResult


@dataclass(frozen=True)
class LivePatient(Followed):
    """What is known of the patient at one source."""

    place: str
    """The most likely of `PLACE_LABELS` now."""
    is_alone: bool
    is_staff_present: bool
    spells: tuple[Spell, ...]
    """Activities, places and presence, in order of time; with each activity, how many of the staff took part."""

    @property
    def mobilisations(self) -> tuple[Spell, ...]:
        return tuple(spell for spell in self.spells if spell.label in ACTIVITIES)


def live_patients(
    results: Mapping[str, Sequence[InferenceResult]], events: Iterable[Event], *, now: float
) -> list[LivePatient]:
    """Return the patient at each source whose mobility is followed; arguments as for `newest_answers`."""
    return [_patient(answer) for answer in newest_answers(results, events, LABELS, now=now)]


def spoken(label: str) -> str:
    """Return a label in words: out_of_bed becomes out of bed, patient_in_chair in chair."""
    return label.removeprefix("patient_").replace("_", " ")


def _patient(answer: Answer) -> LivePatient:
    scores = dict(zip(answer.said.labels, answer.said.scores, strict=True))
    return LivePatient(
        answer.source_id,
        answer.answered_at,
        max(PLACE_LABELS, key=scores.__getitem__),
        scores[PATIENT_ALONE] >= 0.5,
        scores[STAFF_PRESENT] >= 0.5,
        answer.spells,
    )
