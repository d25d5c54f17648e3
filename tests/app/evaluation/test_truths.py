"""Reading truth in its layouts, and what is said of a wrong one, line by line."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.evaluation.config import TruthConfig
from app.evaluation.truths import read_truths
from models.evaluation.cases import TrueSpan

EVENT = {"label": "into_bed", "start_seconds": 2.0, "end_seconds": 4.0, "people": 2}


def write_scene(folder: Path, name: str, **truth: Any) -> None:
    (folder / f"{name}.mp4").write_bytes(b"video")
    (folder / f"{name}.json").write_text(
        json.dumps({"duration_seconds": 60.0, "look": "rgb", "events": [EVENT], **truth})
    )


def write_table(folder: Path, text: str, *videos: str) -> Path:
    for name in videos:
        (folder / name).write_bytes(b"video")
    path = folder / "table.csv"
    path.write_text(text)
    return path


def test_scenes_tell_events_people_duration_and_look(tmp_path: Path) -> None:
    write_scene(tmp_path, "room1")
    write_scene(tmp_path, "room2", events=[], ef_percent=55.5)
    first, second = read_truths(TruthConfig(layout="simulated", videos=tmp_path), ("ef_percent",))
    assert first.spans == (TrueSpan("into_bed", 2.0, 4.0, people=2),)
    assert (first.duration_seconds, first.groups) == (60.0, {"look": "rgb"})
    assert second.spans == ()
    assert second.measurements == {"ef_percent": 55.5}


def test_scenes_without_a_timeline_do_not_claim_that_nothing_happens(tmp_path: Path) -> None:
    (tmp_path / "loop.mp4").write_bytes(b"video")
    (tmp_path / "loop.json").write_text('{"ef_percent": 40}')
    [truth] = read_truths(TruthConfig(layout="simulated", videos=tmp_path), ("ef_percent",))
    assert truth.spans is None


def test_wrong_scenes_are_named(tmp_path: Path) -> None:
    write_scene(tmp_path, "room", events=[{"label": "x"}])
    with pytest.raises(ValueError, match=r"room.json: events\[0\]: must have label, start_seconds and end_seconds"):
        read_truths(TruthConfig(layout="simulated", videos=tmp_path), ())


def test_segments_are_renamed_and_joined_with_their_details(tmp_path: Path) -> None:
    table = write_table(
        tmp_path, "file,label,start_s,end_s\na.mp4,Falling (BW),1,3\na.mp4,Walking,0,1\n", "a.mp4", "b.mp4"
    )
    (tmp_path / "clips.csv").write_text("file,subject,light\na.mp4,S1,Day\nb.mp4,S2,Night\n")
    config = TruthConfig(layout="segments", videos=tmp_path, annotations=table, rename={"Falling (BW)": "fall"})
    first, second = read_truths(config, ())
    assert [(span.label, span.start_seconds) for span in first.spans or ()] == [("Walking", 0.0), ("fall", 1.0)]
    assert first.groups == {"subject": "S1"}
    assert second.spans == ()  # nothing of what is labelled goes on in it


def test_only_the_wanted_split_is_read(tmp_path: Path) -> None:
    rows = "file,split,label,start_s,end_s\na.mp4,train,Walking,0,1\nb.mp4,test,Walking,0,1\n"
    table = write_table(tmp_path, rows, "a.mp4", "b.mp4")
    config = TruthConfig(layout="segments", videos=tmp_path, annotations=table, split="test")
    assert [truth.name for truth in read_truths(config, ())] == ["b.mp4"]
    with pytest.raises(ValueError, match="holds no video of split validation"):
        read_truths(config.model_copy(update={"split": "validation"}), ())


def test_true_numbers_are_read_from_their_columns(tmp_path: Path) -> None:
    table = write_table(tmp_path, "FileName,EF,Split\n0X1,62.5,TEST\n0X2,30,TRAIN\n", "0X1.avi")
    config = TruthConfig(
        layout="values",
        videos=tmp_path,
        annotations=table,
        file_column="FileName",
        value_columns={"ef_percent": "EF"},
        split="TEST",
    )
    [truth] = read_truths(config, ("ef_percent",))
    assert (truth.name, truth.location) == ("0X1", str(tmp_path / "0X1.avi"))
    assert truth.measurements == {"ef_percent": 62.5}


def test_impossible_numbers_and_repeated_names_are_named(tmp_path: Path) -> None:
    table = write_table(tmp_path, "file,ef_percent\na,120\nb,\na,50\n")
    with pytest.raises(ValueError, match=r"table\.csv") as refusal:
        read_truths(TruthConfig(layout="values", videos=tmp_path, annotations=table), ("ef_percent",))
    lines = str(refusal.value).splitlines()
    assert "table.csv:2: ef_percent must lie in 0..100, got 120" in lines[0]
    assert "table.csv:3: ef_percent must be a number, got ''" in lines[1]
    assert "table.csv:4: a stands in" in lines[2]


def test_layouts_of_training_are_known_too(tmp_path: Path) -> None:
    (tmp_path / "fall").mkdir()
    (tmp_path / "fall" / "one.mp4").write_bytes(b"video")
    [truth] = read_truths(TruthConfig(layout="folder_per_class", videos=tmp_path), ())
    assert (truth.label, truth.spans) == ("fall", None)


def test_an_unknown_layout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"truth.layout must be one of boris, .*, values, got 'excel'"):
        read_truths(TruthConfig(layout="excel", videos=tmp_path), ())


def test_an_operation_that_tells_its_phases_twice_has_them_once(tmp_path: Path) -> None:
    times = {"start_seconds": 0.0, "end_seconds": 20.0}
    write_scene(tmp_path, "op", events=[{"label": "Preparation", **times}], phases=[{"phase": "Preparation", **times}])
    [truth] = read_truths(TruthConfig(layout="simulated", videos=tmp_path), ())
    assert truth.spans == (TrueSpan("Preparation", 0.0, 20.0),)
