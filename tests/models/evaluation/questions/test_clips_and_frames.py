"""Laws of the questions for clips, actions and frames."""

import numpy as np
import pytest

from models.evaluation.cases import Case, ClipScores, TrueSpan, Truth
from models.evaluation.measures import Measured, Resampling, by_name
from models.evaluation.questions.clips import ClipQuestion
from models.evaluation.questions.frames import FrameQuestion
from models.evaluation.questions.question import Question, answer
from models.evaluation.questions.views import ViewQuestion

LABELS = ("none", "a", "b")
SPANS = (TrueSpan("a", 2.0, 5.0), TrueSpan("b", 6.0, 8.0))
FEW = Resampling(num_resamples=30)


def clips(answers: list[str], *, length: float = 1.0) -> ClipScores:
    """One clip a second that is sure of its answer."""
    starts = np.arange(len(answers), dtype=float)
    scores = np.array([[0.9 if label == answer_ else 0.05 for label in LABELS] for answer_ in answers])
    return ClipScores(LABELS, starts, starts + length, scores)


TRUE_ANSWERS = ["none", "none", "a", "a", "a", "none", "b", "b", "none", "none"]


def case(answers: list[str], *, spans: tuple[TrueSpan, ...] | None = SPANS, label: str | None = None) -> Case:
    return Case(Truth("v", spans=spans, label=label, duration_seconds=10.0), clips(answers))


def measured(question: Question, *cases: Case) -> dict[str, Measured]:  # type: ignore[type-arg]
    found = answer(question, cases, cluster=None, groups=(), resampling=FEW)
    assert found is not None
    return dict(by_name(found.measured))


def test_right_clips_are_perfect_and_every_measure_says_so() -> None:
    found = measured(ClipQuestion(LABELS, is_multi_label=False, background="none"), case(TRUE_ANSWERS))
    for name in ("clip_top1", "clip_balanced_accuracy", "clip_map", "clip_auc"):
        assert found[name].interval.value == 1.0
    assert found["clip_ece"].interval.value == pytest.approx(0.1)  # always right, at a confidence of 0.9


def test_one_wrong_clip_of_ten_costs_a_tenth() -> None:
    question = ClipQuestion(LABELS, is_multi_label=False, background="none")
    found = measured(question, case(["b", *TRUE_ANSWERS[1:]]))
    assert found["clip_top1"].interval.value == pytest.approx(0.9)
    outcome = question.outcome(case(["b", *TRUE_ANSWERS[1:]]))
    assert outcome is not None
    assert question.counts([outcome], 2).false_positives == 1


def test_clips_at_a_border_do_not_count() -> None:
    outcome = ClipQuestion(LABELS, is_multi_label=False, background="none", border_seconds=0.6).outcome(
        case(TRUE_ANSWERS)
    )
    assert outcome is not None
    assert len(outcome.scores) == 3  # centres 0.5, 3.5 and 9.5; every other lies 0.5 s from a border


def test_several_labels_may_be_true_at_once() -> None:
    both = ClipScores(LABELS, np.array([0.0]), np.array([1.0]), np.array([[0.1, 0.8, 0.7]]), is_multi_label=True)
    one = Case(Truth("v", spans=(TrueSpan("a", 0, 1), TrueSpan("b", 0, 1)), duration_seconds=1.0), both)
    found = measured(ClipQuestion(LABELS, is_multi_label=True), one)
    assert found["clip_exact"].interval.value == 1.0
    stricter = measured(ClipQuestion(LABELS, is_multi_label=True, threshold=0.75), one)
    assert stricter["clip_exact"].interval.value == 0.0


def test_single_view_takes_the_middle_and_multi_view_the_mean() -> None:
    wrong_in_the_middle = case(["b", "b", "b", "b", "a", "b", "b", "b", "b"], spans=None, label="b")
    found = measured(ViewQuestion(LABELS), wrong_in_the_middle)
    assert found["top1_single_view"].interval.value == 0.0
    assert found["top1_multi_view"].interval.value == 1.0


def test_labelled_stretches_are_actions_too() -> None:
    outcome = ViewQuestion(LABELS).outcome(case(TRUE_ANSWERS))
    assert outcome is not None
    assert outcome.targets.tolist() == [1, 2]
    assert outcome.multiple.argmax(axis=1).tolist() == [1, 2]


def test_hindsight_is_perfect_where_clips_are_right_and_online_lags_behind() -> None:
    found = measured(FrameQuestion(LABELS, is_multi_label=False, background="none"), case(TRUE_ANSWERS))
    values = {name: one.interval.value for name, one in found.items()}
    assert values["frame_accuracy_offline"] == values["frame_map_offline"] == values["edit_score_offline"] == 1.0
    assert values["segment_f1_50_offline"] == values["kappa_offline"] == 1.0
    # a clip is known at its end, a second after its start: 4 changes, 2 frames each, of 20 are still wrong
    assert values["frame_accuracy_online"] == pytest.approx(12 / 20)
    assert values["edit_score_online"] == 1.0


def test_frames_may_bear_several_labels() -> None:
    both = ClipScores(("a", "b"), np.array([0.0, 1.0]), np.array([1.0, 2.0]), np.array([[0.9, 0.8], [0.2, 0.7]]), True)
    spans = (TrueSpan("a", 0.0, 1.0), TrueSpan("b", 0.0, 2.0))
    found = measured(
        FrameQuestion(("a", "b"), is_multi_label=True, background=None),
        Case(Truth("v", spans=spans, duration_seconds=2.0), both),
    )
    assert found["frame_map_offline"].interval.value == 1.0
    assert "frame_accuracy_offline" not in found  # it would need one answer a frame


def test_nothing_is_said_before_the_first_clip_has_ended() -> None:
    late = Case(Truth("v", spans=SPANS, duration_seconds=10.0), clips(TRUE_ANSWERS, length=4.0))
    outcome = FrameQuestion(LABELS, is_multi_label=False, background="none").outcome(late)
    assert outcome is not None
    assert (outcome.found_labels("online")[:8] == 0).all()


def test_the_breakdown_holds_every_group_and_its_own_values() -> None:
    cases = [
        Case(Truth(f"v{index}", spans=SPANS, duration_seconds=10.0, groups={"camera": camera}), clips(answers))
        for index, (camera, answers) in enumerate([("north", TRUE_ANSWERS), ("south", ["none"] * 10)] * 2)
    ]
    question = ClipQuestion(LABELS, is_multi_label=False, background="none")
    found = answer(question, cases, cluster=None, groups=("camera",), resampling=FEW)
    assert found is not None
    top1 = {member: rows[0].interval.value for member, rows in found.by_group["camera"].items()}
    assert top1 == {"north": 1.0, "south": 0.5}


def test_videos_of_one_subject_are_drawn_together() -> None:
    cases = [
        Case(
            Truth(f"v{index}", spans=SPANS, duration_seconds=10.0, groups={"subject": str(index // 4)}),
            clips(TRUE_ANSWERS if index < 4 else ["none"] * 10),
        )
        for index in range(8)
    ]
    question = ClipQuestion(LABELS, is_multi_label=False, background="none")

    def width(cluster: str | None) -> float:
        found = answer(question, cases, cluster=cluster, groups=(), resampling=Resampling(num_resamples=300))
        assert found is not None
        interval = found.measured[0].interval
        return interval.high - interval.low

    assert width("subject") > width(None)
