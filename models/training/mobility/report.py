"""What a mobility model is worth: metrics on scenes it never saw, each with its confidence interval."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from models.evaluation.bootstrap import bootstrap
from models.evaluation.classification import area_under_curve
from models.evaluation.events import EventScores, Span, match_events, total_scores
from models.mobility import ACTIVITIES, LABELS
from models.predictor import EventSpec
from models.training.mobility.judging import JudgedScene
from models.training.scoring import SceneScores

FindEvents = Callable[[SceneScores, EventSpec], Sequence[Span]]
"""Makes events of scores, as the running system does; handed in by the layer above."""

TOLERANCE_SECONDS = 1.0
ENTER_SCORES = (0.3, 0.4, 0.5, 0.6, 0.7)
VOTES = ((1, 1), (2, 3))
MERGE_SECONDS = 1.2
MINIMUM_SECONDS = 1.2


@dataclass(frozen=True, eq=False)
class MobilityOutcome:
    """One scene, judged, with its events found."""

    judged: JudgedScene
    events: EventScores


def choose_thresholds(judged: Sequence[JudgedScene]) -> dict[str, float]:
    """Return for each label the score that best tells its steps from others: sensitivity + specificity are highest."""
    scores, truth = _stacked_scores(judged)
    return {label: _best_threshold(scores[:, index], truth[:, index]) for index, label in enumerate(LABELS)}


def choose_event_spec(judged: Sequence[JudgedScene], find_events: FindEvents) -> EventSpec:
    """Return the thresholds that find the activities of validation scenes best."""
    specs = [_event_spec(enter, votes) for enter in ENTER_SCORES for votes in VOTES]
    return max(specs, key=lambda spec: total_scores(find_in(scene, spec, find_events) for scene in judged).f1)


def find_in(scene: JudgedScene, spec: EventSpec, find_events: FindEvents) -> EventScores:
    """Count how many of a scene's activities the event detector finds."""
    found = [span for span in find_events(scene.scene_scores, spec) if span.label in ACTIVITIES]
    return match_events(scene.events, found, TOLERANCE_SECONDS)


def summarise(outcomes: Sequence[MobilityOutcome], thresholds: dict[str, float]) -> dict[str, Any]:
    """Return the metrics as plain JSON values; intervals are 95 % bootstrap over scenes."""
    metrics: dict[str, Any] = {"num_scenes": len(outcomes), "num_events": _events(outcomes).num_true}
    for name, metric in (("auc", _auc), ("sensitivity", _sensitivity), ("specificity", _specificity)):
        metrics[name] = {
            label: bootstrap(outcomes, partial(metric, index, thresholds[label]), num_resamples=300).rounded()
            for index, label in enumerate(LABELS)
        }
    whole: dict[str, Callable[[Sequence[MobilityOutcome]], float]] = {
        "personnel_exact": _exact_counts,
        "personnel_within_one": partial(_exact_counts, margin=1),
        "place_accuracy": _place_accuracy,
        "event_f1": lambda some: _events(some).f1,
        "event_precision": lambda some: _events(some).precision,
        "event_recall": lambda some: _events(some).recall,
        "false_events_per_hour": lambda some: _events(some).num_false / sum(one.judged.hours for one in some),
    }
    metrics |= {name: bootstrap(outcomes, metric).rounded() for name, metric in whole.items()}
    metrics["personnel_exact_by_number"] = _exact_by_number(outcomes)
    metrics["thresholds"] = {label: round(threshold, 4) for label, threshold in thresholds.items()}
    return metrics


def _event_spec(enter: float, votes: tuple[int, int]) -> EventSpec:
    return EventSpec(
        LABELS,
        enter_score=enter,
        leave_score=round(enter / 2, 3),
        votes=votes[0],
        window=votes[1],
        minimum_duration_seconds=MINIMUM_SECONDS,
        merge_gap_seconds=MERGE_SECONDS,
        counted_labels=ACTIVITIES,
    )


def _best_threshold(scores: np.ndarray, truth: np.ndarray) -> float:
    candidates = np.linspace(0.02, 0.98, 97)
    if not truth.any() or truth.all():
        return 0.5
    told = scores[:, None] >= candidates
    youden = told[truth].mean(axis=0) - told[~truth].mean(axis=0)
    best = np.flatnonzero(youden >= youden.max() - 1e-9)
    return float(candidates[best[len(best) // 2]])


def _auc(index: int, threshold: float, outcomes: Sequence[MobilityOutcome]) -> float:
    scores, truth = _stacked(outcomes)
    return area_under_curve(scores[:, index], truth[:, index])


def _sensitivity(index: int, threshold: float, outcomes: Sequence[MobilityOutcome]) -> float:
    scores, truth = _stacked(outcomes)
    told = scores[truth[:, index], index] >= threshold
    return float(told.mean()) if len(told) else float("nan")


def _specificity(index: int, threshold: float, outcomes: Sequence[MobilityOutcome]) -> float:
    scores, truth = _stacked(outcomes)
    told = scores[~truth[:, index], index] < threshold
    return float(told.mean()) if len(told) else float("nan")


def _exact_counts(outcomes: Sequence[MobilityOutcome], margin: int = 0) -> float:
    pairs = [pair for outcome in outcomes for pair in outcome.judged.counts]
    return float(np.mean([abs(true - found) <= margin for true, found in pairs])) if pairs else float("nan")


def _exact_by_number(outcomes: Sequence[MobilityOutcome]) -> dict[str, dict[str, float]]:
    pairs = [pair for outcome in outcomes for pair in outcome.judged.counts]
    return {
        str(number): {
            "num_events": sum(true == number for true, _ in pairs),
            "exact": round(float(np.mean([found == number for true, found in pairs if true == number])), 4),
        }
        for number in sorted({true for true, _ in pairs})
    }


def _place_accuracy(outcomes: Sequence[MobilityOutcome]) -> float:
    scores, truth = _stacked(outcomes)
    places = slice(len(ACTIVITIES), len(LABELS) - 2)
    return float((scores[:, places].argmax(axis=1) == truth[:, places].argmax(axis=1)).mean())


def _events(outcomes: Sequence[MobilityOutcome]) -> EventScores:
    return total_scores(outcome.events for outcome in outcomes)


def _stacked(outcomes: Sequence[MobilityOutcome]) -> tuple[np.ndarray, np.ndarray]:
    return _stacked_scores([outcome.judged for outcome in outcomes])


def _stacked_scores(judged: Sequence[JudgedScene]) -> tuple[np.ndarray, np.ndarray]:
    return np.concatenate([one.found.scores for one in judged]), np.concatenate([one.truth for one in judged])
