"""What a fall network is worth: falls found, how soon, and false alarms an hour, by where the video comes from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from models.evaluation.bootstrap import bootstrap
from models.evaluation.events import Span, onset_within, pairs_by
from models.evaluation.exact import binomial_share, poisson_rate
from models.falls.labels import FALL
from models.falls.motion import CLIP_FRAMES, FRAME_RATE_HZ
from models.predictor import EventSpec
from models.training.falls.examples import UNKNOWN
from models.training.falls.lesson import Material
from models.training.scoring import SceneScores

FindEvents = Callable[[SceneScores, EventSpec], Sequence[Span]]
"""Makes events of scores, as the running system does; handed in by the layer above."""

BEFORE_SECONDS, AFTER_SECONDS = 1.0, 4.0
"""A found fall is right when it starts so little before or after the true one."""
ENTER_SCORES = (0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.84, 0.87, 0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.98)
LEAVE_SHARE = 0.4
VOTES = ((1, 1), (2, 3), (2, 2), (3, 4))
REAL, LOOK_ALIKES = "recorded", "home"
"""Sources of the real falls, and of the scenes that are made of what looks like one."""
MERGE_SECONDS = 6.0
"""Who has fallen may struggle: that is the same fall."""


@dataclass(frozen=True, eq=False)
class Judged:
    """One recording with the scores of its clips."""

    material: Material
    scores: np.ndarray
    """(M, number of labels)."""

    @property
    def falls(self) -> tuple[Span, ...]:
        return self.material.watched.falls

    @property
    def scene_scores(self) -> SceneScores:
        """The scores as the event detector wants them."""
        starts = self.material.examples.starts / FRAME_RATE_HZ
        return SceneScores(starts, starts + CLIP_FRAMES / FRAME_RATE_HZ, self.scores)


@dataclass(frozen=True, eq=False)
class Outcome:
    """One recording with the falls that were found in it."""

    judged: Judged
    found: tuple[Span, ...]
    pairs: tuple[tuple[int, int], ...]
    """Indices of true and found falls that are the same."""

    @property
    def num_false(self) -> int:
        return len(self.found) - len(self.pairs)

    @property
    def lateness(self) -> list[float]:
        """How long after the true start each fall starts as it was found, seconds."""
        falls = self.judged.falls
        return [self.found[b].start_seconds - falls[a].start_seconds for a, b in self.pairs]


def choose_event_spec(
    judged: Sequence[Judged], find_events: FindEvents, *, most_false_alarms_per_hour: float
) -> EventSpec:
    """Return the thresholds that find most falls more than false alarms, where few enough of these are ordinary.

    False alarms are held against the limit where life is ordinary; but half an hour without one bounds little. Scenes
    at home show what looks like a fall every few seconds: a threshold that gives way there gives way in longer ordinary
    video too, so that a false alarm anywhere costs what a fall found is worth. Of several thresholds that are worth as
    much, the one that finds more real falls is taken, then the highest.
    """
    results = []
    for enter, votes in product(ENTER_SCORES, VOTES):
        spec = _event_spec(enter, votes)
        outcomes = [outcome_of(one, find_events, spec) for one in judged]
        ordinary = [one for one in outcomes if one.judged.material.watched.source != LOOK_ALIKES]
        recorded = [one for one in outcomes if one.judged.material.watched.source == REAL]
        rate = _false_alarms(ordinary) / _hours(ordinary) if _hours(ordinary) else 0.0
        excess = max(rate - most_false_alarms_per_hour, 0.0)
        order = (-excess, _num_found(outcomes) - _false_alarms(outcomes), _num_found(recorded), enter)
        results.append((order, spec))
    return max(results, key=lambda result: result[0])[1]


def outcome_of(judged: Judged, find_events: FindEvents, spec: EventSpec) -> Outcome:
    """Return the falls that the event detector finds in a recording, beside the true ones."""
    found = tuple(span for span in find_events(judged.scene_scores, spec) if span.label == FALL)
    pairs = pairs_by(judged.falls, found, onset_within(BEFORE_SECONDS, AFTER_SECONDS))
    return Outcome(judged, found, tuple(pairs))


def summarise(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return the metrics of some recordings as plain JSON values; 95 % intervals."""
    num_falls, hours = sum(len(one.judged.falls) for one in outcomes), _hours(outcomes)
    metrics: dict[str, Any] = {
        "num_videos": len(outcomes),
        "hours": round(hours, 4),
        "num_falls": num_falls,
        "num_false_alarms": _false_alarms(outcomes),
    }
    if hours:
        metrics["false_alarms_per_hour"] = poisson_rate(_false_alarms(outcomes), hours).rounded()
    if num_falls:
        metrics["fall_recall"] = binomial_share(_num_found(outcomes), num_falls).rounded()
    if any(one.lateness for one in outcomes):
        metrics["start_after_onset_seconds"] = bootstrap(outcomes, _median_lateness).rounded(2)
        lateness = [seconds for one in outcomes for seconds in one.lateness]
        metrics["start_after_onset_range"] = [round(min(lateness), 2), round(max(lateness), 2)]
    if any((one.judged.material.examples.targets != UNKNOWN).any() for one in outcomes):
        metrics["clip_accuracy"] = bootstrap(outcomes, _accuracy).rounded()
    return metrics


def _event_spec(enter: float, votes: tuple[int, int]) -> EventSpec:
    return EventSpec(
        labels=(FALL,),
        enter_score=enter,
        leave_score=round(enter * LEAVE_SHARE, 3),
        votes=votes[0],
        window=votes[1],
        merge_gap_seconds=MERGE_SECONDS,
        begins_mid_clip=True,
    )


def _false_alarms(outcomes: Sequence[Outcome]) -> int:
    return sum(one.num_false for one in outcomes)


def _num_found(outcomes: Sequence[Outcome]) -> int:
    return sum(len(one.pairs) for one in outcomes)


def _hours(outcomes: Sequence[Outcome]) -> float:
    return sum(one.judged.material.watched.hours for one in outcomes)


def _median_lateness(outcomes: Sequence[Outcome]) -> float:
    lateness = [seconds for one in outcomes for seconds in one.lateness]
    return float(np.median(lateness)) if lateness else float("nan")


def _accuracy(outcomes: Sequence[Outcome]) -> float:
    rights = []
    for one in outcomes:
        targets = one.judged.material.examples.targets
        is_known = targets != UNKNOWN
        rights.append(one.judged.scores.argmax(axis=1)[is_known] == targets[is_known])
    every = np.concatenate(rights)
    return float(every.mean()) if len(every) else float("nan")
