"""From scores to events: thresholds chosen on validation videos, events measured on test videos."""

from collections.abc import Callable, Sequence
from typing import Any

from app.training.event_finding import find_events
from models.evaluation.bootstrap import bootstrap
from models.evaluation.events import EventScores, Span, match_events, total_scores
from models.predictor import EventSpec
from models.training.recordings import NONE, Recording
from models.training.scenes import LabelledScene
from models.training.scoring import SceneScores
from models.training.task import Task
from models.training.thresholds import choose_thresholds

TOLERANCE_SECONDS = 1.0

Score = Callable[[Recording], SceneScores]
"""Scores all clips of a recording."""


def has_events(task: Task, recordings: Sequence[Recording]) -> bool:
    """Return whether a model can report events: its data set says what goes on when, and it knows when nothing does."""
    knows_nothing = task.wanted.has_several_labels or task.labels[0] == NONE
    return knows_nothing and task.wanted.number is None and any(recording.spans for recording in recordings)


def choose_events(score: Score, task: Task, recordings: Sequence[Recording]) -> EventSpec:
    """Return the thresholds that find the events of validation videos best."""
    return choose_thresholds(
        [score(recording) for recording in recordings],
        [LabelledScene(one.frames, one.frame_rate_hz, one.spans) for one in recordings],
        lambda scores, spec: find_events(scores, spec, task.labels),
        labels=_event_labels(task),
        tolerance_seconds=TOLERANCE_SECONDS,
    ).spec


def measure_events(score: Score, task: Task, spec: EventSpec, recordings: Sequence[Recording]) -> dict[str, Any]:
    """Return precision, recall and F1 of the events of videos, each with its interval."""

    def judge(recording: Recording) -> EventScores:
        found: list[Span] = find_events(score(recording), spec, task.labels)
        return match_events(recording.spans, found, TOLERANCE_SECONDS)

    outcomes = [judge(recording) for recording in recordings]
    return {
        "event_tolerance_seconds": TOLERANCE_SECONDS,
        **{f"event_{name}": _interval(outcomes, name) for name in ("f1", "precision", "recall")},
    }


def _interval(outcomes: Sequence[EventScores], name: str) -> dict[str, float]:
    return bootstrap(outcomes, lambda some: float(getattr(total_scores(some), name))).rounded()


def _event_labels(task: Task) -> tuple[str, ...]:
    return tuple(label for label in task.labels if label != NONE)
