"""An operation that is being watched: which phase it is in, since when, for how long still, and what came before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from app.dashboard.followed import Answer, Followed, Spell, newest_answers
from models.results import Measurement
from models.surgical_phases import PHASES, TIME_LEFT
from stream.messages import Event, InferenceResult

JOIN_SECONDS = 60.0
"""A phase that goes on after so short a gap, while a camera reconnects say, is still the same."""
BREAK_SECONDS = 1800.0
"""Phases before so long a pause belong to another operation."""


@dataclass(frozen=True)
class LiveOperation(Followed):
    """What is known of the operation at one source."""

    phase: str
    score: float
    left: Measurement | None
    """Seconds that the phase will go on, with an interval."""
    past: tuple[Spell, ...]
    """Its phases in order of time, the one that goes on included."""

    @property
    def in_phase_since(self) -> float | None:
        """Wall time at which the phase began; None while that is not settled."""
        last = self.past[-1] if self.past else None
        return last.started_at if last and last.is_open and last.label == self.phase else None


def live_operations(
    results: Mapping[str, Sequence[InferenceResult]], events: Iterable[Event], *, now: float
) -> list[LiveOperation]:
    """Return the operation at each source whose phases are recognised; arguments as for `newest_answers`."""
    return [_operation(answer) for answer in newest_answers(results, events, PHASES, now=now)]


def _operation(answer: Answer) -> LiveOperation:
    said, past = answer.said, _joined(_current(answer.spells))
    top, score = said.top
    # What is settled is steadier than the newest second.
    phase = past[-1].label if past and past[-1].is_open else top
    left = next((number for number in said.measurements if number.name == TIME_LEFT), None)
    return LiveOperation(
        answer.source_id,
        answer.answered_at,
        phase,
        dict(zip(said.labels, said.scores, strict=True)).get(phase, score),
        left if phase == top else None,
        tuple(past),
    )


def _joined(past: Sequence[Spell]) -> list[Spell]:
    joined: list[Spell] = []
    for phase in past:
        before = joined[-1] if joined else None
        if before and before.label == phase.label and phase.started_at - before.ended_at <= JOIN_SECONDS:
            joined[-1] = replace(phase, started_at=before.started_at)
        else:
            joined.append(phase)
    return joined


def _current(past: Sequence[Spell]) -> Sequence[Spell]:
    """Leave out what lies before the last long pause."""
    for index in range(len(past) - 1, 0, -1):
        if past[index].started_at - past[index - 1].ended_at > BREAK_SECONDS:
            return past[index:]
    return past
