"""Choosing thresholds: what can be found is found, and ties are broken by what is near."""

from collections.abc import Sequence

import numpy as np

from models.evaluation.events import Span
from models.predictor import EventSpec
from models.training.scenes import LabelledScene
from models.training.scoring import SceneScores
from models.training.thresholds import choose_thresholds


def find_runs(scored: SceneScores, spec: EventSpec) -> Sequence[Span]:
    """One event a run of clips whose score is high enough: a detector of one line."""
    is_high = np.concatenate(([False], scored.scores[:, 1] >= spec.enter_score, [False]))
    borders = np.flatnonzero(np.diff(is_high.astype(int)))
    return [Span("in", float(first), float(last)) for first, last in borders.reshape(-1, 2)]


def scored(scores: Sequence[float]) -> SceneScores:
    starts = np.arange(len(scores), dtype=float)
    return SceneScores(starts, starts + 1, np.array([(1 - score, score) for score in scores]))


def test_the_threshold_between_true_and_false_is_found() -> None:
    scene = LabelledScene(np.zeros((20, 2, 2, 3), np.uint8), 1.0, (Span("in", 10, 13),))
    rows = scored([0.1, 0.1, 0.45, 0.45, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.9, 0.9, 0.9, 0.1])
    choice = choose_thresholds([rows], [scene], find_runs, labels=("in",), tolerance_seconds=0.5)
    assert choice.scores.f1 == 1
    assert choice.spec.enter_score == 0.6  # 0.5, 0.6 and 0.7 do equally well; the middle has the best neighbours
    assert choice.spec.leave_score <= choice.spec.enter_score
