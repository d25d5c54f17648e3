"""Choosing thresholds: what can be found is found, and ties are broken by what is near."""

from collections.abc import Sequence

import numpy as np
import pytest

from models.evaluation.events import Span
from models.predictor import EventSpec
from models.results import Classification, result_to_json
from models.training.scenes import LabelledScene
from models.training.scoring import SceneScores
from models.training.thresholds import Haste, choose_thresholds, seconds_to_tell
from stream.events import EventDetector
from stream.messages import InferenceResult


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


def test_of_thresholds_that_are_nearly_as_good_the_soonest_are_taken() -> None:
    scene = LabelledScene(np.zeros((20, 2, 2, 3), np.uint8), 1.0, (Span("in", 10, 13),))
    rows = scored([0.1] * 10 + [0.9] * 3 + [0.1])

    def late(scores: SceneScores, spec: EventSpec) -> Sequence[Span]:
        """One false event more where votes are few."""
        false = [Span("in", 1.0, 2.0)] if spec.votes == 1 else []
        return [*find_runs(scores, spec), *false]

    choices = {
        f1: choose_thresholds(
            [rows], [scene], late, labels=("in",), tolerance_seconds=0.5, haste=Haste(f1, 1.0) if f1 else None
        )
        for f1 in (0.0, 0.3, 0.4)
    }
    assert [round(choice.scores.f1, 2) for choice in choices.values()] == [1, 1, 0.67]
    waits = [seconds_to_tell(choice.spec, 1.0) for choice in choices.values()]
    assert waits[1:] == [1, 0]
    assert waits[0] >= 1


@pytest.mark.parametrize("stride_seconds", [0.4, 0.8, 1.0])
@pytest.mark.parametrize(("votes", "window"), [(1, 1), (2, 3), (3, 4)])
@pytest.mark.parametrize("minimum_seconds", [0.0, 0.4, 1.2, 2.0])
def test_an_event_is_told_as_soon_as_said(
    stride_seconds: float, votes: int, window: int, minimum_seconds: float
) -> None:
    spec = EventSpec(("in",), 0.5, 0.4, votes, window, minimum_duration_seconds=minimum_seconds)
    detector, first_vote = EventDetector("bed", "model", spec), 6
    told = [
        event.emitted_at_seconds
        for index in range(20)
        for event in detector.push(result(index, stride_seconds, is_in=index >= first_vote))
    ]
    end_of_first_vote = first_vote * stride_seconds + 2 * stride_seconds
    assert told == [pytest.approx(end_of_first_vote + seconds_to_tell(spec, stride_seconds))]


def result(index: int, stride_seconds: float, *, is_in: bool) -> InferenceResult:
    """What a model says of a clip of two strides."""
    start = index * stride_seconds
    return InferenceResult(
        source_id="bed",
        model="model",
        epoch=1,
        clip_index=index,
        result=result_to_json(Classification(("none", "in"), (0.1, 0.9) if is_in else (0.9, 0.1))),
        start_seconds=start,
        end_seconds=start + 2 * stride_seconds,
        captured_at=0.0,
        produced_at=0.0,
        finished_at=0.0,
        worker_id="worker",
    )
