"""Tests of stream/batch/records.py, writers.py and series.py."""

import csv
import json
from pathlib import Path

import pytest

from models.predictor import ModelCard
from models.results import Classification, Detections, Measurement, Motion, Result, result_from_json
from stream.batch.prediction import ScoredClip
from stream.batch.records import clip_record, event_record, table_columns, table_row
from stream.batch.series import SeriesBuilder
from stream.batch.writers import WRITERS
from stream.clip_sampler import PlannedClip
from stream.messages import Event
from tests.stream.batch.scenery import Brightness

CARD = Brightness().card
EVENT = Event("id", "a.mp4", CARD.name, "bright", 1, 1.25, 3.5, 0.93, 2.0, 0.0, people=2)
RESULTS: tuple[Result, ...] = (
    Classification(("dark", "bright"), (0.25, 0.75)),
    Classification(("dark", "bright"), (0.25, 0.5), is_multi_label=True),
    Motion(12.5, 80.0, (-3.0, 0.5), 0.25),
    Measurement("ef_percent", 55.5, "%", (50.0, 60.0)),
    Detections(((0.0, 1.0, 2.0, 3.0),), ("person",), (0.9,)),
)


def scored(result: Result, index: int = 0) -> ScoredClip:
    planned = PlannedClip(CARD.name, 1, index, (1,), (0.0,), 0.0, 0, index * 0.1, index * 0.1 + 1.3)
    return ScoredClip(planned, result, planned.start_seconds, planned.end_seconds)


def card_with(num_labels: int) -> ModelCard:
    return ModelCard("many", "none", tuple(f"label {index}" for index in range(num_labels)), "", "", "")


@pytest.mark.parametrize("result", RESULTS, ids=lambda result: result.kind)
def test_a_record_begins_alike_for_every_kind_and_holds_the_whole_result(result: Result) -> None:
    record = clip_record("v/a.mp4", CARD, scored(result, 3))
    first = ["kind", "source", "model", "weights", "start_seconds", "end_seconds", "lag_seconds"]
    assert list(record)[: len(first)] == first
    assert [record[name] for name in first] == [result.kind, "v/a.mp4", CARD.name, "ab" * 32, 0.3, 1.6, 0.0]
    fields = {name: value for name, value in record.items() if name not in first[1:]}
    assert result_from_json(json.loads(json.dumps(fields))) == result


def test_the_number_that_goes_with_a_label_stands_in_its_row() -> None:
    left = Measurement("time_left_in_phase", 90.0, "s", (40.0, 200.0))
    said = Classification(("dark", "bright"), (0.25, 0.75), measurements=(left,))
    row = table_row(clip_record("a.mp4", CARD, scored(said)))
    assert [row[name] for name in ("label", "name", "value", "unit")] == ["bright", "time_left_in_phase", 90.0, "s"]


def test_the_record_of_an_event_tells_when_it_could_be_known() -> None:
    assert event_record("v/a.mp4", CARD, EVENT) == {
        "kind": "event",
        "source": "v/a.mp4",
        "model": "brightness",
        "weights": "ab" * 32,
        "start_seconds": 1.25,
        "end_seconds": 3.5,
        "label": "bright",
        "score": 0.93,
        "emitted_at_seconds": 2.0,
        "people": 2,
    }


def test_json_lines_and_table_hold_the_same_records(tmp_path: Path) -> None:
    records = [clip_record("ä, b.mp4", CARD, scored(result, index)) for index, result in enumerate(RESULTS)]
    records.append(event_record("ä, b.mp4", CARD, EVENT))
    for name, make in WRITERS.items():
        writer = make(tmp_path / name, [CARD])
        for record in records:
            writer.write(record)
        writer.close()
    lines = (tmp_path / "jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == records
    with (tmp_path / "csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["kind"] for row in rows] == [record["kind"] for record in records]
    assert {row["source"] for row in rows} == {"ä, b.mp4"}
    assert (rows[0]["label"], rows[0]["score"], rows[0]["score_dark"]) == ("bright", "0.75", "0.25")
    assert (rows[2]["mean_speed"], rows[2]["mean_velocity_x"]) == ("12.5", "-3.0")
    assert (rows[3]["name"], rows[3]["value"], rows[3]["unit"]) == ("ef_percent", "55.5", "%")
    assert rows[4]["num_objects"] == "1"
    assert (rows[5]["label"], rows[5]["emitted_at_seconds"], rows[5]["people"]) == ("bright", "2.0", "2")


def test_a_table_of_few_labels_has_a_column_for_each_and_one_of_hundreds_has_not() -> None:
    assert {"score_dark", "score_bright"} <= set(table_columns([CARD]))
    assert not [name for name in table_columns([card_with(400)]) if name.startswith("score_")]


def test_a_number_that_is_none_is_never_written(tmp_path: Path) -> None:
    writer = WRITERS["jsonl"](tmp_path / "a.jsonl", [CARD])
    with pytest.raises(ValueError, match="JSON compliant"):
        writer.write(clip_record("a", CARD, scored(Measurement("ef_percent", float("nan"), "%"))))
    writer.close()


def test_a_series_holds_every_clip_in_order() -> None:
    builder = SeriesBuilder(CARD.name)
    for index in range(5):
        builder.add(scored(Classification(("dark", "bright"), (1 - index / 5, index / 5)), index))
    series = builder.build()
    assert (series.kind, series.names, series.unit) == ("classification", ("dark", "bright"), "")
    assert series.values.shape == (5, 2)
    assert series.values[:, 1].tolist() == pytest.approx([0, 0.2, 0.4, 0.6, 0.8])
    assert series.start_seconds.tolist() == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])


def test_a_series_without_clips_is_empty() -> None:
    series = SeriesBuilder(CARD.name).build()
    assert series.values.shape == (0, 0)
    assert series.start_seconds.shape == (0,)
