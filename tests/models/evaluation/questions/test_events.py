"""Laws of the question for events."""

import numpy as np
import pytest

from models.evaluation.cases import Case, FoundEvent, TrueSpan, Truth
from models.evaluation.measures import Measured, Resampling, by_name, measure_all
from models.evaluation.questions.event_measures import delays, f1_at_tolerance
from models.evaluation.questions.events import EventQuestion, MatchRule

QUESTION = EventQuestion(("fall", "walk"), MatchRule(1.0))
TRUTH = (TrueSpan("fall", 10, 14, people=2), TrueSpan("walk", 20, 30, people=0))


def case(*found: FoundEvent, truth: tuple[TrueSpan, ...] = TRUTH, is_answered: bool = True) -> Case:
    return Case(Truth("v", spans=truth, duration_seconds=1800), found=found, is_answered=is_answered)


def measure(*cases: Case, question: EventQuestion = QUESTION, label: str | None = None) -> dict[str, Measured]:
    outcomes = [outcome for one in cases if (outcome := question.outcome(one))]
    return dict(
        by_name(measure_all(question.measures(label), outcomes, range(len(outcomes)), Resampling(num_resamples=50)))
    )


def test_truth_itself_is_perfect() -> None:
    found = measure(
        case(*(FoundEvent(one.label, one.start_seconds, one.end_seconds, people=one.people) for one in TRUTH))
    )
    values = {name: one.interval.value for name, one in found.items()}
    for name in ("event_f1", "event_precision", "event_recall", "people_exact", "event_overlap", "event_f1_iou70"):
        assert values[name] == 1.0
    assert values["false_alarms_per_hour"] == values["onset_error"] == values["duration_error"] == 0.0


def test_hand_counted_events() -> None:
    found = measure(
        case(
            FoundEvent("fall", 11, 15, known_at_seconds=13.0, people=1),
            FoundEvent("fall", 12, 13, known_at_seconds=13.5),  # a second alarm for one fall is false
            FoundEvent("walk", 100, 110),
        )
    )
    assert found["event_precision"].interval.value == pytest.approx(1 / 3)
    assert found["event_recall"].interval.value == pytest.approx(1 / 2)
    assert found["false_alarms_per_hour"].interval.value == pytest.approx(4.0)  # two in half an hour
    assert found["time_to_alert_median"].interval.value == pytest.approx(3.0)
    assert found["people_exact"].interval.value == 0.0


def test_no_false_alarm_has_an_upper_bound_all_the_same() -> None:
    found = measure(case(), case())["false_alarms_per_hour"]
    assert found.interval.high == 0.0
    assert found.exact is not None
    assert found.exact.high == pytest.approx(3.689, abs=1e-3)  # one camera-hour


def test_labels_are_judged_apart() -> None:
    only_fall = case(FoundEvent("fall", 10, 14))
    assert measure(only_fall, label="fall")["f1"].interval.value == 1.0
    assert measure(only_fall, label="walk")["recall"].interval.value == 0.0


def test_an_onset_window_forbids_early_and_late_alarms() -> None:
    question = EventQuestion(("fall",), MatchRule(onset_window_seconds=(1.0, 4.0)))
    for start, expected in ((9.5, 1.0), (13.9, 1.0), (8.0, 0.0), (14.5, 0.0)):
        assert (
            measure(case(FoundEvent("fall", start, 20)), question=question)["event_recall"].interval.value == expected
        )


def test_events_of_other_labels_do_not_count() -> None:
    outcome = QUESTION.outcome(case(FoundEvent("sit", 0, 5)))
    assert outcome is not None
    assert outcome.scores.num_found == 0


def test_a_video_without_answer_or_truth_is_not_asked() -> None:
    assert QUESTION.outcome(case(is_answered=False)) is None
    assert QUESTION.outcome(Case(Truth("v"))) is None


def test_delays_are_known_only_of_events_that_tell_when() -> None:
    outcome = QUESTION.outcome(case(FoundEvent("fall", 10, 14), FoundEvent("walk", 20, 30, known_at_seconds=24.0)))
    assert outcome is not None
    assert delays([outcome]).tolist() == [4.0]


def test_more_tolerance_never_finds_less() -> None:
    outcome = QUESTION.outcome(case(FoundEvent("fall", 15.5, 17), FoundEvent("walk", 33, 35)))
    assert outcome is not None
    values = [f1_at_tolerance([outcome], tolerance) for tolerance in (0, 1, 2, 3, 5)]
    assert values == [0.0, 0.0, 0.5, 1.0, 1.0]


def test_the_order_of_the_videos_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    cases = [case(FoundEvent("fall", float(start), float(start) + 3)) for start in rng.uniform(0, 30, 12)]
    first, second = measure(*cases), measure(*cases[::-1])
    assert {name: one.interval.value for name, one in first.items() if name.startswith("event")} == {
        name: one.interval.value for name, one in second.items() if name.startswith("event")
    }
