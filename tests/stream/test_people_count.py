"""The number of people in an event: the mean of its own clips, of counted labels alone, also after a restart."""

import json

import pytest

from models.mobility import PERSONNEL
from models.predictor import EventSpec
from models.results import Classification, Measurement, result_to_json
from stream.events import EventDetector
from stream.messages import InferenceResult
from stream.people_count import LONGEST_SECONDS, PeopleCount

LABELS = ("out_of_bed", "staff_present")
SPEC = EventSpec(LABELS, enter_score=0.5, leave_score=0.4, counted_labels=("out_of_bed",))


def result(index: int, score: float, people: float) -> InferenceResult:
    measured = (Measurement(PERSONNEL, people, "people"),)
    said = Classification(LABELS, (score, 0.9), is_multi_label=True, measurements=measured)
    start = index * 0.4
    return InferenceResult("bed-1", "m", 1, index, result_to_json(said), start, start + 0.4, 0.0, 0.0, 0.0, "w")


# Nobody before, about two while it goes on, three after.
RESULTS = [
    *(result(index, 0.1, 0.0) for index in range(5)),
    *(result(index, 0.9, 2.2 if index % 2 else 1.5) for index in range(5, 15)),
    *(result(index, 0.1, 3.0) for index in range(15, 20)),
]


def told(detector: EventDetector, results: list[InferenceResult]) -> dict[str, int | None]:
    events = [event for one in results for event in detector.push(one)] + detector.finish()
    return {event.label: event.people for event in events if event.end_seconds is not None}


def test_an_event_bears_the_mean_of_its_own_clips() -> None:
    assert told(EventDetector("bed-1", "m", SPEC), RESULTS) == {"out_of_bed": 2, "staff_present": None}


def test_a_restart_in_the_middle_changes_no_number() -> None:
    first, second = EventDetector("bed-1", "m", SPEC), EventDetector("bed-1", "m", SPEC)
    for one in RESULTS[:10]:
        first.push(one)
    second.restore(json.loads(json.dumps(first.snapshot())))
    assert told(second, RESULTS[10:])["out_of_bed"] == 2


def test_what_is_remembered_does_not_grow_without_end() -> None:
    count = PeopleCount(["out_of_bed"])
    said = Classification(("out_of_bed",), (0.1,), measurements=(Measurement(PERSONNEL, 1.0, "people"),))
    for second in range(3000):
        count.add(float(second), said)
    assert len(count.snapshot()) == LONGEST_SECONDS + 1


@pytest.mark.parametrize(("start", "end"), [(50.0, 60.0), (1.1, 1.9)])
def test_an_event_in_which_nothing_was_measured_has_no_number(start: float, end: float) -> None:
    count = PeopleCount(["out_of_bed"])
    said = Classification(("out_of_bed",), (0.1,), measurements=(Measurement(PERSONNEL, 1.0, "people"),))
    for second in range(5):
        count.add(float(second), said)
    assert count.count("out_of_bed", start, end) is None
