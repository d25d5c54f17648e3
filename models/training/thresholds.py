"""Chooses how scores become events: the thresholds that find the events of the validation scenes best."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from models.evaluation.events import EventScores, Span, match_events, total_scores
from models.predictor import EventSpec
from models.training.scenes import LabelledScene
from models.training.scoring import SceneScores

FindEvents = Callable[[SceneScores, EventSpec], Sequence[Span]]
"""Makes events of scores, as the running system does; handed in by the layer above."""

ENTER_SCORES = (0.3, 0.4, 0.5, 0.6, 0.7)
LEAVE_SHARES = (0.4, 0.6, 0.8)
"""Of the score to enter."""
VOTES = ((1, 1), (2, 2), (2, 3), (3, 4))
MINIMUM_SECONDS = (0.4, 0.8, 1.2, 1.6, 2.0)
MERGE_SECONDS = (0.8, 1.6)


@dataclass(frozen=True)
class Choice:
    """Thresholds, and how well they did."""

    spec: EventSpec
    scores: EventScores


def choose_thresholds(
    scores: Sequence[SceneScores],
    scenes: Sequence[LabelledScene],
    find_events: FindEvents,
    *,
    labels: tuple[str, ...],
    tolerance_seconds: float,
) -> Choice:
    """Return the thresholds with the highest F1 over all scenes.

    Of several that are as good, the one whose neighbours in the grid do best is taken, since it is
    the least likely to be so by luck.
    """
    results = {
        spec: total_scores(
            match_events(scene.events, find_events(found, spec), tolerance_seconds)
            for found, scene in zip(scores, scenes, strict=True)
        )
        for spec in _candidates(labels)
    }
    best = max(results, key=lambda spec: (round(results[spec].f1, 4), _neighbourhood(spec, results)))
    return Choice(best, results[best])


def _candidates(labels: tuple[str, ...]) -> Iterator[EventSpec]:
    for enter, share, (votes, window), minimum, merge in product(
        ENTER_SCORES, LEAVE_SHARES, VOTES, MINIMUM_SECONDS, MERGE_SECONDS
    ):
        yield EventSpec(
            labels=labels,
            enter_score=enter,
            leave_score=round(enter * share, 3),
            votes=votes,
            window=window,
            minimum_duration_seconds=minimum,
            merge_gap_seconds=merge,
        )


def _neighbourhood(spec: EventSpec, results: dict[EventSpec, EventScores]) -> float:
    """Mean F1 of the candidates that differ in one threshold only."""
    near = [scores.f1 for other, scores in results.items() if _num_differences(spec, other) == 1]
    return sum(near) / len(near) if near else 0.0


def _num_differences(first: EventSpec, second: EventSpec) -> int:
    values = (
        (first.enter_score, second.enter_score),
        (round(first.leave_score / first.enter_score, 2), round(second.leave_score / second.enter_score, 2)),
        ((first.votes, first.window), (second.votes, second.window)),
        (first.minimum_duration_seconds, second.minimum_duration_seconds),
        (first.merge_gap_seconds, second.merge_gap_seconds),
    )
    return sum(a != b for a, b in values)
