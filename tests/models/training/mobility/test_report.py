"""The report on mobility: perfect answers score one, and each error lowers what it should."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from models.evaluation.events import Span, match_events
from models.mobility import ACTIVITIES, FRAME_RATE_HZ, LABELS
from models.mobility_steps import MobilityScores
from models.predictor import EventSpec
from models.training.mobility.judging import JudgedScene
from models.training.mobility.report import MobilityOutcome, choose_event_spec, choose_thresholds, summarise
from models.training.scoring import SceneScores

NUM_STEPS = 100


def scene(seed: int) -> JudgedScene:
    """One whose scores are the truth, with one activity of each kind."""
    rng = np.random.default_rng(seed)
    truth = np.zeros((NUM_STEPS, len(LABELS)), bool)
    events = []
    for index, label in enumerate(ACTIVITIES):
        start = 5 + 24 * index + int(rng.integers(5))
        truth[start : start + 12, index] = True
        events.append(Span(label, start / FRAME_RATE_HZ, (start + 12) / FRAME_RATE_HZ))
    truth[np.arange(NUM_STEPS), len(ACTIVITIES) + rng.integers(4, size=NUM_STEPS)] = True
    truth[:, -1] = rng.random(NUM_STEPS) < 0.5
    truth[:, -2] = ~truth[:, -1]
    scores = np.where(truth, 0.9, 0.1).astype(np.float32)
    found = MobilityScores(scores, np.zeros(NUM_STEPS, np.float32))
    return JudgedScene(found, truth, ((2, 2), (0, 0), (1, 1), (3, 3)), tuple(events), "rgb")


def find(scores: SceneScores, spec: EventSpec) -> Sequence[Span]:
    """Runs of steps above the threshold; enough for scores without noise."""
    spans = []
    for index, label in enumerate(ACTIVITIES):
        steps = np.flatnonzero(scores.scores[:, index] >= spec.enter_score)
        if len(steps):
            spans.append(Span(label, float(scores.start_seconds[steps[0]]), float(scores.end_seconds[steps[-1]])))
    return spans


def outcome(judged: JudgedScene) -> MobilityOutcome:
    found = find(judged.scene_scores, EventSpec(LABELS, enter_score=0.5, leave_score=0.5))
    return MobilityOutcome(judged, match_events(judged.events, found, 1.0))


def test_perfect_answers_score_one_everywhere() -> None:
    scenes = [scene(seed) for seed in range(4)]
    metrics = summarise([outcome(one) for one in scenes], choose_thresholds(scenes))
    for name in ("auc", "sensitivity", "specificity"):
        assert {label: told["value"] for label, told in metrics[name].items()} == dict.fromkeys(LABELS, 1.0)
    for name in ("personnel_exact", "place_accuracy", "event_f1"):
        assert metrics[name] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert metrics["false_events_per_hour"]["value"] == 0
    assert metrics["num_events"] == 16


def test_a_wrong_number_of_people_is_counted_by_the_true_number() -> None:
    scenes = [replace(scene(seed), counts=((2, 1), (0, 0), (2, 2), (3, 1))) for seed in range(2)]
    metrics = summarise([outcome(one) for one in scenes], choose_thresholds(scenes))
    assert metrics["personnel_exact"]["value"] == 0.5
    assert metrics["personnel_within_one"]["value"] == 0.75
    assert {number: told["exact"] for number, told in metrics["personnel_exact_by_number"].items()} == {
        "0": 1.0,
        "2": 0.5,
        "3": 0.0,
    }


def test_answers_turned_round_have_an_area_of_zero() -> None:
    judged = scene(0)
    turned = replace(judged, found=replace(judged.found, scores=1 - judged.found.scores))
    metrics = summarise([outcome(turned)], dict.fromkeys(LABELS, 0.5))
    assert metrics["auc"]["out_of_bed"]["value"] == 0
    assert metrics["sensitivity"]["out_of_bed"]["value"] == 0


def test_thresholds_lie_between_what_is_true_and_what_is_not() -> None:
    assert all(0.1 < threshold <= 0.9 for threshold in choose_thresholds([scene(1)]).values())


def test_events_of_every_label_are_told_and_activities_counted() -> None:
    spec = choose_event_spec([scene(2)], find)
    assert spec.labels == LABELS
    assert spec.counted_labels == ACTIVITIES


@pytest.mark.parametrize("label", LABELS)
def test_a_label_that_never_occurs_has_no_threshold_of_its_own(label: str) -> None:
    judged = scene(3)
    truth = judged.truth.copy()
    truth[:, LABELS.index(label)] = False
    assert choose_thresholds([replace(judged, truth=truth)])[label] == 0.5
