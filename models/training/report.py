"""What a trained model is worth: metrics on scenes it never saw, each with its confidence interval."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from models.evaluation.bootstrap import bootstrap
from models.evaluation.classification import accuracy, area_under_curve, balanced_accuracy
from models.evaluation.events import EventScores, Span, match_events, total_scores
from models.training.scenes import LabelledScene
from models.training.scoring import SceneScores

GOOD_F1 = 0.7


@dataclass(frozen=True, eq=False)
class SceneOutcome:
    """What a model said of one scene, beside the truth."""

    scores: np.ndarray
    """(M, num_labels); only of clips whose centre is not at an event's border."""
    targets: np.ndarray
    """Index of the true label of each, (M,)."""
    events: EventScores
    hours: float
    look: str


def judge_scene(
    scene: LabelledScene,
    scored: SceneScores,
    found: Sequence[Span],
    *,
    labels: tuple[str, ...],
    tolerance_seconds: float,
    border_seconds: float,
) -> SceneOutcome:
    """Put the scores and found events of a scene beside its truth."""
    centres = scored.centre_seconds
    counts = np.array([scene.seconds_to_border(float(centre)) >= border_seconds for centre in centres], bool)
    targets = np.array([labels.index(scene.label_at(float(centre))) for centre in centres])
    return SceneOutcome(
        scored.scores[counts],
        targets[counts],
        match_events(scene.events, found, tolerance_seconds),
        scene.duration_seconds / 3600,
        scene.look,
    )


def summarise(outcomes: Sequence[SceneOutcome], labels: tuple[str, ...]) -> dict[str, Any]:
    """Return the metrics as plain JSON values; intervals are 95 % bootstrap over scenes."""
    intervals = {
        "clip_accuracy": _clip_accuracy,
        "clip_balanced_accuracy": _clip_balanced_accuracy,
        "event_f1": lambda some: _events(some).f1,
        "event_precision": lambda some: _events(some).precision,
        "event_recall": lambda some: _events(some).recall,
        "false_events_per_hour": lambda some: _events(some).num_false / sum(outcome.hours for outcome in some),
        f"share_of_scenes_with_event_f1_of_{GOOD_F1:g}": _share_of_good_scenes,
    }
    metrics: dict[str, Any] = {name: bootstrap(outcomes, metric).rounded() for name, metric in intervals.items()}
    metrics["clip_auc"] = {
        label: bootstrap(outcomes, partial(_auc, index), num_resamples=200).rounded()
        for index, label in enumerate(labels)
    }
    looks = sorted({outcome.look for outcome in outcomes})
    metrics["event_f1_by_look"] = {
        look: bootstrap([o for o in outcomes if o.look == look], lambda some: _events(some).f1).rounded()
        for look in looks
    }
    return {"num_scenes": len(outcomes), "num_events": _events(outcomes).num_true, **metrics}


def _events(outcomes: Sequence[SceneOutcome]) -> EventScores:
    return total_scores(outcome.events for outcome in outcomes)


def _share_of_good_scenes(outcomes: Sequence[SceneOutcome]) -> float:
    return float(np.mean([outcome.events.f1 >= GOOD_F1 for outcome in outcomes]))


def _clip_accuracy(outcomes: Sequence[SceneOutcome]) -> float:
    return accuracy(*_stacked(outcomes))


def _clip_balanced_accuracy(outcomes: Sequence[SceneOutcome]) -> float:
    return balanced_accuracy(*_stacked(outcomes))


def _auc(index: int, outcomes: Sequence[SceneOutcome]) -> float:
    scores, targets = _stacked(outcomes)
    return area_under_curve(scores[:, index], targets == index)


def _stacked(outcomes: Sequence[SceneOutcome]) -> tuple[np.ndarray, np.ndarray]:
    return (
        np.concatenate([outcome.scores for outcome in outcomes]),
        np.concatenate([outcome.targets for outcome in outcomes]),
    )
