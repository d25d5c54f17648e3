"""What a model that follows a source says of it: its newest answer, and the spells that it has told of so far."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

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
    people: int | None = None
    """Those who took part; None where nobody is counted."""


@dataclass(frozen=True)
class Followed:
    """A source of which a model says something all the time."""

    source_id: str
    answered_at: float
    """Wall time of the moment of which the newest answer speaks."""

    def is_silent(self, now: float) -> bool:
        """Whether the newest answer is too old to be shown as true."""
        return now - self.answered_at > SILENT_SECONDS


@dataclass(frozen=True)
class Answer(Followed):
    """The newest answer of one model."""

    said: Classification
    spells: tuple[Spell, ...]
    """Of the model's events at this source, in order of time."""


def newest_answers(
    results: Mapping[str, Sequence[InferenceResult]], events: Iterable[Event], labels: Collection[str], *, now: float
) -> list[Answer]:
    """Return what is said of each source by a model that has these labels, by name of the source.

    Args:
        results: the newest result of each model, by source.
        events: those of all models; an open one has no end.
        labels: of the models that are asked for, in any order.
        now: wall time.
    """
    known = list(events)
    return [
        Answer(source_id, result.captured_at, said, _spells(result, known, now))
        for source_id, newest in sorted(results.items())
        for result in newest
        if (said := _said(result, labels)) is not None
    ]


def _said(result: InferenceResult, labels: Collection[str]) -> Classification | None:
    if set(result.result.get("labels") or ()) != set(labels):
        return None
    said = result_from_json(result.result)
    return said if isinstance(said, Classification) else None


def _spells(result: InferenceResult, events: Sequence[Event], now: float) -> tuple[Spell, ...]:
    own = [event for event in events if (event.source_id, event.model) == (result.source_id, result.model)]
    return tuple(sorted((_spell(event, now) for event in own), key=lambda spell: spell.started_at))


def _spell(event: Event, now: float) -> Spell:
    ended_at = event.ended_at
    return Spell(event.label, event.started_at, now if ended_at is None else ended_at, ended_at is None, event.people)
