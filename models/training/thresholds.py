"""Chooses how scores become events: the thresholds that find the events of the validation scenes best."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

from models.evaluation.events import EventScores, Span, match_events, total_scores
from models.predictor import EventSpec
from models.training.scenes import LabelledScene
from models.training.scoring import SceneScores

FindEvents = Callable[[SceneScores, EventSpec], Sequence[Span]]
"""Makes events of scores, as the running system does; handed in by the layer above."""

ENTER_SCORES = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
LEAVE_SHARES = (0.5, 0.8)
"""Of the score to enter."""
VOTES = ((1, 1), (2, 3), (3, 4))
"""Votes and window."""
MINIMUM_SECONDS = (0.4, 1.2, 2.0)
MERGE_SECONDS = (0.8, 1.6)

Place = tuple[int, ...]
"""Place of a candidate in the grid: an index for each of the above."""


@dataclass(frozen=True)
class Haste:
    """How much F1 sooner alerts may cost."""

    f1: float
    """Thresholds that do so little worse than the best are as good, and the soonest of them are taken."""
    stride_seconds: float
    """Between the starts of two clips."""


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
    haste: Haste | None = None,
) -> Choice:
    """Return the thresholds with the highest F1 over all scenes.

    Of several that are as good, the one whose neighbours in the grid do best is taken, since it is
    the least likely to be so by luck.

    Args:
        labels: Those that make events.
        haste: None: nothing is given for sooner alerts.
    """
    specs = _grid(labels)
    results = {
        place: total_scores(
            match_events(scene.events, find_events(scored, spec), tolerance_seconds)
            for scored, scene in zip(scores, scenes, strict=True)
        )
        for place, spec in specs.items()
    }
    known = _soonest(specs, results, haste) if haste else results
    best = max(known, key=lambda place: (round(results[place].f1, 4), _neighbourhood(place, results)))
    return Choice(specs[best], results[best])


def seconds_to_tell(spec: EventSpec, stride_seconds: float) -> float:
    """Return how long after the first clip that votes for an event it is told, when every clip after votes too."""
    # An event begins half a stride before the centre of that clip, and is told when a centre is far enough from there.
    num_until_long_enough = math.ceil(spec.minimum_duration_seconds / stride_seconds - 0.5 - 1e-9)
    return max(spec.votes - 1, num_until_long_enough, 0) * stride_seconds


def _soonest(
    specs: dict[Place, EventSpec], results: dict[Place, EventScores], haste: Haste
) -> dict[Place, EventScores]:
    """Return the candidates that tell soonest of those that are nearly as good as the best."""
    required = max(scores.f1 for scores in results.values()) - haste.f1
    waits = {
        place: seconds_to_tell(specs[place], haste.stride_seconds)
        for place, scores in results.items()
        if scores.f1 >= required
    }
    return {place: results[place] for place, wait in waits.items() if wait == min(waits.values())}


def _grid(labels: tuple[str, ...]) -> dict[Place, EventSpec]:
    axes = (ENTER_SCORES, LEAVE_SHARES, VOTES, MINIMUM_SECONDS, MERGE_SECONDS)
    places = product(*(range(len(axis)) for axis in axes))
    return {(e, s, v, m, g): _spec(labels, e, s, v, m, g) for e, s, v, m, g in places}


def _spec(labels: tuple[str, ...], enter: int, share: int, votes: int, minimum: int, merge: int) -> EventSpec:
    return EventSpec(
        labels=labels,
        enter_score=ENTER_SCORES[enter],
        leave_score=round(ENTER_SCORES[enter] * LEAVE_SHARES[share], 3),
        votes=VOTES[votes][0],
        window=VOTES[votes][1],
        minimum_duration_seconds=MINIMUM_SECONDS[minimum],
        merge_gap_seconds=MERGE_SECONDS[merge],
    )


def _neighbourhood(place: Place, results: dict[Place, EventScores]) -> float:
    """Mean F1 of the candidates one step away along one axis."""
    near = [
        scores.f1
        for other, scores in results.items()
        if sum(abs(a - b) for a, b in zip(place, other, strict=True)) == 1
    ]
    return sum(near) / len(near)
