"""A patient who is being watched: where, with whom, and which mobilisations there were, with how many of the staff."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from models.mobility import ACTIVITIES, LABELS, PATIENT_ALONE, PLACE_LABELS, STAFF_PRESENT
from models.results import Classification, result_from_json
from stream.messages import Event, InferenceResult

SILENT_SECONDS = 15.0
"""Without a newer answer for so long, what is shown is no longer true."""


@dataclass(frozen=True)
class Spell:
    """Something that was true for a while, by the wall clock."""

    label: str
    started_at: float
    ended_at: float
    is_open: bool
    people: int | None
    """Members of staff who took part; None where nobody is counted."""


@dataclass(frozen=True)
class LivePatient:
    """What is known of the patient at one source."""

    source_id: str
    place: str
    """The most likely of `PLACE_LABELS` now."""
    is_alone: bool
    is_staff_present: bool
    answered_at: float
    """Wall time of the moment of which this is said."""
    spells: tuple[Spell, ...]
    """Activities, places and presence, in order of time."""

    @property
    def mobilisations(self) -> tuple[Spell, ...]:
        return tuple(spell for spell in self.spells if spell.label in ACTIVITIES)

    def is_silent(self, now: float) -> bool:
        """Whether the last answer is too old to be shown as true."""
        return now - self.answered_at > SILENT_SECONDS


def live_patients(
    results: Mapping[str, Sequence[InferenceResult]], events: Iterable[Event], *, now: float
) -> list[LivePatient]:
    """Return the patient at each source whose mobility is followed, by name of the source.

    Args:
        results: the newest result of each model, by source.
        events: those of all models; an open one has no end.
        now: wall time.
    """
    known = list(events)
    return [
        _patient(result, said, known, now)
        for _, newest in sorted(results.items())
        for result in newest
        if (said := _mobility_of(result)) is not None
    ]


def spoken(label: str) -> str:
    """Return a label in words: out_of_bed becomes out of bed, patient_in_chair in chair."""
    return label.removeprefix("patient_").replace("_", " ")


def _mobility_of(result: InferenceResult) -> Classification | None:
    """Return what a result says, when that is of a mobility model."""
    if tuple(result.result.get("labels") or ()) != LABELS:
        return None
    said = result_from_json(result.result)
    return said if isinstance(said, Classification) else None


def _patient(result: InferenceResult, said: Classification, events: Sequence[Event], now: float) -> LivePatient:
    own = [event for event in events if (event.source_id, event.model) == (result.source_id, result.model)]
    scores = dict(zip(said.labels, said.scores, strict=True))
    return LivePatient(
        result.source_id,
        max(PLACE_LABELS, key=scores.__getitem__),
        scores[PATIENT_ALONE] >= 0.5,
        scores[STAFF_PRESENT] >= 0.5,
        result.captured_at,
        tuple(sorted((_spell(event, now) for event in own), key=lambda spell: spell.started_at)),
    )


def _spell(event: Event, now: float) -> Spell:
    is_open = event.end_seconds is None
    ended_at = now if event.end_seconds is None else event.started_at + event.end_seconds - event.start_seconds
    return Spell(event.label, event.started_at, ended_at, is_open, event.people)
