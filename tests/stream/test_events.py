"""Events: where they start and end, what counts, and that a restored detector goes on undisturbed."""

import json
from collections.abc import Iterable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.predictor import EventSpec
from models.results import Classification, Measurement, result_to_json
from stream.events import EventDetector
from stream.messages import Event, InferenceResult

LABELS = ("none", "into_bed", "out_of_bed")
STRIDE_SECONDS = 0.5
CLIP_SECONDS = 2.0


def spec(**changes: object) -> EventSpec:
    return EventSpec(**{"labels": LABELS[1:], "enter_score": 0.6, "leave_score": 0.4, **changes})  # type: ignore[arg-type]


def result(index: int, scores: Sequence[float], *, epoch: int = 1, is_multi_label: bool = False) -> InferenceResult:
    start = index * STRIDE_SECONDS
    classification = Classification(LABELS, tuple(scores), is_multi_label)
    return InferenceResult(
        source_id="bed1",
        model="bedside_i3d",
        epoch=epoch,
        clip_index=index,
        result=result_to_json(classification),
        start_seconds=start,
        end_seconds=start + CLIP_SECONDS,
        captured_at=1000.0 * epoch + start + CLIP_SECONDS,
        produced_at=0.0,
        finished_at=0.0,
        worker_id="w",
    )


def one_label(scores: Iterable[float]) -> list[InferenceResult]:
    return [result(index, (1 - score, score, 0.0)) for index, score in enumerate(scores)]


def detect(results: Iterable[InferenceResult], event_spec: EventSpec) -> list[Event]:
    detector = EventDetector("bed1", "bedside_i3d", event_spec)
    told = [event for item in results for event in detector.push(item)]
    return told + detector.finish()


def spans(events: Iterable[Event]) -> list[tuple[str, float, float]]:
    return [(event.label, event.start_seconds, event.end_seconds) for event in events if event.end_seconds is not None]


def test_event_spans_the_time_for_which_its_clips_speak() -> None:
    begun, over = detect(one_label([0, 0, 0, 0, 0.9, 0.8, 0.7, 0, 0]), spec())
    # Clip 4 covers 2..4 s, its centre is 3 s, and it speaks from half a stride before that.
    assert (begun.start_seconds, begun.end_seconds) == (2.75, None)
    assert (over.start_seconds, over.end_seconds, over.peak_score) == (2.75, 4.25, 0.9)
    assert begun.emitted_at_seconds == over.emitted_at_seconds == 4.0
    assert begun.event_id == over.event_id
    assert begun.started_at == pytest.approx(1002.75)


@pytest.mark.parametrize(("true_start", "true_end"), [(3.0, 7.1), (4.2, 6.0), (5.45, 11.9)])
def test_start_and_end_are_within_half_a_stride_of_what_a_perfect_model_saw(true_start: float, true_end: float) -> None:
    centres = [index * STRIDE_SECONDS + CLIP_SECONDS / 2 for index in range(30)]
    found = spans(detect(one_label([float(true_start <= centre < true_end) for centre in centres]), spec()))
    assert len(found) == 1
    assert found[0][1] == pytest.approx(true_start, abs=STRIDE_SECONDS / 2)
    assert found[0][2] == pytest.approx(true_end, abs=STRIDE_SECONDS / 2)


@pytest.mark.parametrize(("begins_mid_clip", "first_start"), [(False, 0.0), (True, 1.0)])
def test_an_event_of_the_first_clip_begins_where_the_model_says_it_does(
    begins_mid_clip: bool, first_start: float
) -> None:
    begun = detect(one_label([0.9, 0.9, 0, 0]), spec(begins_mid_clip=begins_mid_clip))[0]
    assert begun.start_seconds == first_start
    later = detect(one_label([0, 0.9, 0.9, 0]), spec(begins_mid_clip=begins_mid_clip))[0]
    assert later.start_seconds == 1.25  # half a stride before the centre of its clip, in either case


def test_one_clip_speaks_for_all_of_a_short_source() -> None:
    assert spans(detect(one_label([0.9]), spec())) == [("into_bed", 0.0, 2.0)]


def test_score_between_the_thresholds_neither_starts_nor_ends_an_event() -> None:
    assert detect(one_label([0.5] * 10), spec()) == []
    assert len(spans(detect(one_label([0.7, 0.5, 0.5, 0.45, 0.5]), spec()))) == 1


def test_single_outliers_change_nothing_when_two_of_three_must_vote() -> None:
    smoothed = spec(votes=2, window=3)
    assert detect(one_label([0, 0.9, 0, 0, 0.9, 0, 0]), smoothed) == []
    begun, over = detect(one_label([0, 0.9, 0, 0.9, 0.9, 0, 0.9, 0.9, 0, 0, 0]), smoothed)
    assert (begun.start_seconds, over.end_seconds) == (1.25, 4.75)


def test_event_is_first_known_at_the_end_of_the_clip_that_decides() -> None:
    begun, _ = detect(one_label([0, 0.9, 0.9, 0.9, 0, 0]), spec(votes=3, window=3))
    assert begun.emitted_at_seconds == 3 * STRIDE_SECONDS + CLIP_SECONDS


def test_short_events_are_forgotten_and_long_ones_told_once_they_are_long_enough() -> None:
    lasting = spec(minimum_duration_seconds=1.0)
    assert detect(one_label([0, 0.9, 0, 0, 0]), lasting) == []
    begun, over = detect(one_label([0, 0.9, 0.9, 0.9, 0.9, 0]), lasting)
    assert begun.end_seconds is None
    assert begun.emitted_at_seconds == 3 * STRIDE_SECONDS + CLIP_SECONDS
    assert over.end_seconds == 3.25


def test_near_events_of_one_label_are_one() -> None:
    scores = [0, 0.9, 0.9, 0, 0.7, 0.9, 0, 0, 0, 0, 0, 0.9, 0]
    assert len(spans(detect(one_label(scores), spec()))) == 3
    told = detect(one_label(scores), spec(merge_gap_seconds=1.0))
    assert spans(told) == [("into_bed", 1.25, 3.75), ("into_bed", 6.25, 6.75)]
    assert len(told) == 4


def test_new_label_ends_the_old_one_when_the_scores_are_one_distribution() -> None:
    results = [result(i, (0.0, 0.8, 0.2)) for i in range(3)] + [result(i, (0.0, 0.4, 0.6)) for i in range(3, 6)]
    told = detect(results, spec())
    assert [(event.label, event.end_seconds) for event in told] == [
        ("into_bed", None),
        ("into_bed", 2.25),
        ("out_of_bed", None),
        ("out_of_bed", 4.5),
    ]


def test_new_label_starts_where_the_support_of_the_old_one_ends() -> None:
    scores = [(0.0, 0.7, 0.3), (0.0, 0.3, 0.7), (0.0, 0.7, 0.3), (0.0, 0.3, 0.7), (0.0, 0.3, 0.7)]
    told = detect([result(index, triple) for index, triple in enumerate(scores)], spec(votes=2, window=3))
    # The second clip votes for the new label too, but the third one supports the old one.
    assert spans(told) == [("into_bed", 0.0, 2.25), ("out_of_bed", 2.25, 4.0)]


def test_several_labels_go_on_at_a_time_when_their_scores_are_independent() -> None:
    results = [result(i, (0.0, 0.9, 0.9), is_multi_label=True) for i in range(4)]
    assert spans(detect(results, spec())) == [("into_bed", 0.0, 3.5), ("out_of_bed", 0.0, 3.5)]


def test_new_epoch_ends_what_is_open_at_the_last_known_time() -> None:
    detector = EventDetector("bed1", "bedside_i3d", spec())
    detector.push(result(0, (0.0, 0.9, 0.0)))
    over, begun = detector.push(result(0, (0.0, 0.9, 0.0), epoch=2))
    assert (over.epoch, over.end_seconds) == (1, 2.0)
    assert (begun.epoch, begun.end_seconds) == (2, None)
    assert over.event_id != begun.event_id


def test_hole_that_no_clip_covers_ends_what_is_open() -> None:
    results = [result(index, (0.0, 0.9, 0.0)) for index in (0, 1, 3, 20, 21)]
    assert spans(detect(results, spec())) == [("into_bed", 0.0, 3.5), ("into_bed", 10.0, 12.5)]


def test_results_of_another_kind_say_nothing_of_events() -> None:
    detector = EventDetector("bed1", "bedside_i3d", spec())
    measured = result_to_json(Measurement("ef_percent", 35.0, "%"))
    message = result(0, (1.0, 0.0, 0.0))
    other = InferenceResult(**{**message.__dict__, "result": measured})
    assert detector.push(other) == []
    assert detector.finish() == []


# One clip as drawn: a score in tenths for each label, and the step to its index (-1: a new epoch).
Drawn = list[tuple[int, int, int, int]]
tenths = st.integers(0, 10)
clips = st.lists(st.tuples(tenths, tenths, tenths, st.sampled_from([0, 0, 0, 0, 1, 2, 9, -1])), min_size=1, max_size=25)
specs = st.builds(
    lambda leave, rise, votes, extra, least, gap: spec(
        leave_score=leave / 10,
        enter_score=min(10, leave + rise) / 10,
        votes=votes,
        window=votes + extra,
        minimum_duration_seconds=least / 4,
        merge_gap_seconds=gap / 4,
    ),
    *(st.integers(0, 9), st.integers(0, 4), st.integers(1, 3), st.integers(0, 2), st.integers(0, 8), st.integers(0, 8)),
)


def sequence(drawn: Drawn, is_multi: bool) -> list[InferenceResult]:
    """Results in order, with holes and new epochs."""
    results, index, epoch = [], 0, 1
    for *scores, step in drawn:
        epoch, index = (epoch + 1, 0) if step < 0 else (epoch, index + step)
        results.append(result(index, [score / 10 for score in scores], epoch=epoch, is_multi_label=is_multi))
        index += 1
    return results


@settings(max_examples=60, deadline=None)
@given(clips, st.booleans(), specs, st.integers(0, 25))
def test_detector_restored_at_any_point_goes_on_undisturbed(
    drawn: Drawn, is_multi: bool, event_spec: EventSpec, cut: int
) -> None:
    results = sequence(drawn, is_multi)
    first = EventDetector("bed1", "bedside_i3d", event_spec)
    told = [event for item in results[:cut] for event in first.push(item)]
    second = EventDetector("bed1", "bedside_i3d", event_spec)
    second.restore(json.loads(json.dumps(first.snapshot())))
    told += [event for item in results[cut:] for event in second.push(item)]
    assert told + second.finish() == detect(results, event_spec)


@settings(max_examples=60, deadline=None)
@given(clips, st.booleans(), specs, st.data())
def test_repeated_and_late_results_change_nothing(
    drawn: Drawn, is_multi: bool, event_spec: EventSpec, data: st.DataObject
) -> None:
    results = sequence(drawn, is_multi)
    disturbed: list[InferenceResult] = []
    for position, item in enumerate(results):
        disturbed.append(item)
        disturbed += [results[data.draw(st.integers(0, position))] for _ in range(data.draw(st.integers(0, 2)))]
    assert detect(disturbed, event_spec) == detect(results, event_spec)


@settings(max_examples=100, deadline=None)
@given(clips, st.booleans(), specs)
def test_every_event_begins_once_ends_once_and_is_as_long_as_required(
    drawn: Drawn, is_multi: bool, event_spec: EventSpec
) -> None:
    told = detect(sequence(drawn, is_multi), event_spec)
    begun = [event for event in told if event.end_seconds is None]
    over = [event for event in told if event.end_seconds is not None]
    assert sorted(event.event_id for event in begun) == sorted(event.event_id for event in over)
    assert len({event.event_id for event in begun}) == len(begun)
    positions = {event.event_id: position for position, event in enumerate(told) if event.end_seconds is None}
    for event in over:
        assert positions[event.event_id] < told.index(event)
        assert event.end_seconds is not None
        assert event.end_seconds - event.start_seconds >= event_spec.minimum_duration_seconds
        assert event.peak_score >= event_spec.enter_score
        assert event.emitted_at_seconds > event.start_seconds


@settings(max_examples=60, deadline=None)
@given(clips, specs)
def test_events_of_one_distribution_never_overlap(drawn: Drawn, event_spec: EventSpec) -> None:
    over = [event for event in detect(sequence(drawn, False), event_spec) if event.end_seconds is not None]
    ordered = sorted(over, key=lambda event: (event.epoch, event.start_seconds))
    for earlier, later in pairwise(ordered):
        assert earlier.epoch < later.epoch or (earlier.end_seconds or 0.0) <= later.start_seconds
