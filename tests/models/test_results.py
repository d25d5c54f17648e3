import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.results import (
    Classification,
    Detections,
    Measurement,
    Motion,
    Result,
    Segmentation,
    result_from_json,
    result_to_json,
)

scores = st.floats(0, 1)
numbers = st.floats(allow_nan=False, allow_infinity=False)


measurements = st.builds(Measurement, value=numbers, interval=st.none() | st.tuples(numbers, numbers))


@st.composite
def classifications(draw: st.DrawFn) -> Classification:
    pairs = draw(st.lists(st.tuples(st.text(), scores), min_size=1, max_size=5))
    return Classification(
        labels=tuple(label for label, _ in pairs),
        scores=tuple(score for _, score in pairs),
        is_multi_label=draw(st.booleans()),
        measurements=tuple(draw(st.lists(measurements, max_size=2))),
    )


@st.composite
def detections(draw: st.DrawFn) -> Detections:
    found = draw(st.lists(st.tuples(st.tuples(numbers, numbers, numbers, numbers), st.text(), scores), max_size=3))
    has_masks = draw(st.booleans())
    return Detections(
        boxes=tuple(box for box, _, _ in found),
        labels=tuple(label for _, label, _ in found),
        scores=tuple(score for _, _, score in found),
        masks=tuple({"size": [2, 2], "counts": "04"} for _ in found) if has_masks else (),
    )


results = st.one_of(
    classifications(),
    detections(),
    st.builds(Segmentation, extents=st.just((1.0,)), labels=st.just(("a",))),
    measurements,
    st.builds(
        Motion,
        mean_speed=numbers,
        peak_speed=numbers,
        mean_velocity=st.tuples(numbers, numbers),
        moving_fraction=scores,
    ),
)


@given(result=results)
def test_json_round_trip_gives_the_same_result(result: Result) -> None:
    assert result_from_json(json.loads(json.dumps(result_to_json(result)))) == result


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"kind": "dream"}, "kind must be one of"),
        ({}, "kind must be one of"),
        ({"kind": "measurement", "name": "ef_percent"}, "incomplete"),
        ({"kind": "measurement", "name": "ef_percent", "value": 1.0, "unit": "%", "mood": "good"}, "no field"),
        ({"kind": "classification", "labels": ["a"], "scores": [float("nan")]}, "0..1"),
        ({"kind": "classification", "labels": ["a", "b"], "scores": [0.5]}, "as many scores"),
    ],
)
def test_a_record_that_is_no_result_is_refused(record: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        result_from_json(record)


def test_the_top_label_is_the_one_with_the_highest_score() -> None:
    assert Classification(("none", "into_bed"), (0.2, 0.8)).top == ("into_bed", 0.8)
