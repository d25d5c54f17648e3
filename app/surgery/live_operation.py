"""An operation that is being watched: which phase it is in, since when, for how long still, and what came before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from models.results import Classification, Measurement, result_from_json
from models.surgical_phases import PHASES, TIME_LEFT
from stream.messages import Event, InferenceResult

SILENT_SECONDS = 15.0
"""Without a newer answer for so long, what is shown is no longer true."""
JOIN_SECONDS = 60.0
"""A phase that goes on after so short a gap, while a camera reconnects say, is still the same."""
BREAK_SECONDS = 1800.0
"""Phases before so long a pause belong to another operation."""


@dataclass(frozen=True)
class PastPhase:
    """One phase of the operation, by the wall clock."""

    phase: str
    started_at: float
    ended_at: float
    is_open: bool


@dataclass(frozen=True)
class LiveOperation:
    """What is known of the operation at one source."""

    source_id: str
    phase: str
    score: float
    left: Measurement | None
    """Seconds that the phase will go on, with an interval."""
    answered_at: float
    """Wall time of the moment of which this is said."""
    past: tuple[PastPhase, ...]
    """In order of time, the phase that goes on included."""

    @property
    def in_phase_since(self) -> float | None:
        """Wall time at which the phase began; None while that is not settled."""
        last = self.past[-1] if self.past else None
        return last.started_at if last and last.is_open and last.phase == self.phase else None

    def is_silent(self, now: float) -> bool:
        """Whether the last answer is too old to be shown as true."""
        return now - self.answered_at > SILENT_SECONDS


def live_operations(
    results: Mapping[str, Sequence[InferenceResult]], events: Iterable[Event], *, now: float
) -> list[LiveOperation]:
    """Return the operation at each source whose phases are recognised, by name of the source.

    Args:
        results: the newest result of each model, by source.
        events: those of all models; an open one has no end.
        now: wall time.
    """
    known = list(events)
    return [
        _operation(result, said, known, now)
        for _, newest in sorted(results.items())
        for result in newest
        if (said := _phases_of(result)) is not None
    ]


def _phases_of(result: InferenceResult) -> Classification | None:
    """Return what a result says, when that is a phase."""
    if set(result.result.get("labels") or ()) != set(PHASES):
        return None
    said = result_from_json(result.result)
    return said if isinstance(said, Classification) else None


def _operation(result: InferenceResult, said: Classification, events: Sequence[Event], now: float) -> LiveOperation:
    own = [event for event in events if (event.source_id, event.model) == (result.source_id, result.model)]
    past = _joined(_current(sorted((_past(event, now) for event in own), key=lambda phase: phase.started_at)))
    top, score = said.top
    # What is settled is steadier than the newest second.
    phase = past[-1].phase if past and past[-1].is_open else top
    left = next((number for number in said.measurements if number.name == TIME_LEFT), None)
    return LiveOperation(
        result.source_id,
        phase,
        dict(zip(said.labels, said.scores, strict=True)).get(phase, score),
        left if phase == top else None,
        result.captured_at,
        tuple(past),
    )


def _past(event: Event, now: float) -> PastPhase:
    is_open = event.end_seconds is None
    ended_at = now if event.end_seconds is None else event.started_at + event.end_seconds - event.start_seconds
    return PastPhase(event.label, event.started_at, ended_at, is_open)


def _joined(past: list[PastPhase]) -> list[PastPhase]:
    joined: list[PastPhase] = []
    for phase in past:
        before = joined[-1] if joined else None
        if before and before.phase == phase.phase and phase.started_at - before.ended_at <= JOIN_SECONDS:
            joined[-1] = replace(phase, started_at=before.started_at)
        else:
            joined.append(phase)
    return joined


def _current(past: list[PastPhase]) -> list[PastPhase]:
    """Leave out what lies before the last long pause."""
    for index in range(len(past) - 1, 0, -1):
        if past[index].started_at - past[index - 1].ended_at > BREAK_SECONDS:
            return past[index:]
    return past
