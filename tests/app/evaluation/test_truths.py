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
    write_scene(tmp_path, "room2")
    write_scene(tmp_path, "room10", events=[], ef_percent=55.5)
    first, second = read_truths(TruthConfig(layout="scenes", videos=tmp_path), ("ef_percent",))
    assert first.spans == (TrueSpan("into_bed", 2.0, 4.0, people=2),)
    assert (first.duration_seconds, first.groups) == (60.0, {"look": "rgb"})
    assert second.spans == ()
    assert second.measurements == {"ef_percent": 55.5}


def test_scenes_without_a_timeline_do_not_claim_that_nothing_happens(tmp_path: Path) -> None:
    (tmp_path / "loop.mp4").write_bytes(b"video")
    (tmp_path / "loop.json").write_text('{"ef_percent": 40}')
    [truth] = read_truths(TruthConfig(layout="scenes", videos=tmp_path), ("ef_percent",))
    assert truth.spans is None


@pytest.mark.parametrize(
    ("truth", "message"),
    [
        ({"events": [{"label": "x"}]}, r"room.json: events\[0\] must have label, start_seconds and end_seconds"),
        (
            {"events": [{**EVENT, "end_seconds": 1.0}]},
            r"room.json: events\[0\] must end after it starts, got 2.0 to 1.0",
        ),
    ],
)
def test_a_wrong_scene_is_named(tmp_path: Path, truth: dict[str, Any], message: str) -> None:
    write_scene(tmp_path, "room", **truth)
    with pytest.raises(ValueError, match=message):
        read_truths(TruthConfig(layout="scenes", videos=tmp_path), ())


def test_a_folder_without_scenes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"a folder of scenes .* is required, found none"):
        read_truths(TruthConfig(layout="scenes", videos=tmp_path), ())
    (tmp_path / "alone.json").write_text("{}")
    with pytest.raises(ValueError, match="1 JSON files, but no video of the same name"):
        read_truths(TruthConfig(layout="scenes", videos=tmp_path), ())


def test_segments_are_renamed_and_joined_with_their_details(tmp_path: Path) -> None:
    table = write_table(
        tmp_path, "file,label,start_s,end_s\na.mp4,Falling (BW),1,3\na.mp4,Walking,0,1\n", "a.mp4", "b.mp4"
    )
    details = tmp_path / "clips.csv"
    details.write_text("file,subject,duration_s\na.mp4,S1,9.5\nb.mp4,S2,4\n")
    config = TruthConfig(
        layout="segments", videos=tmp_path, annotations=table, details=details, rename={"Falling (BW)": "fall"}
    )
    first, second = read_truths(config, ())
    assert [(span.label, span.start_seconds) for span in first.spans or ()] == [("Walking", 0.0), ("fall", 1.0)]
    assert (first.duration_seconds, first.groups) == (9.5, {"subject": "S1"})
    assert second.spans == ()  # nothing of what is labelled goes on in it


def test_every_wrong_line_of_segments_is_named_at_once(tmp_path: Path) -> None:
    table = write_table(
        tmp_path,
        "file,label,start_s,end_s\na.mp4,Walking,3,1\na.mp4,,0,1\na.mp4,Walking,now,2\nb.mp4,Walking,0,1\n",
        "a.mp4",
    )
    with pytest.raises(ValueError, match=r"table\.csv") as refusal:
        read_truths(TruthConfig(layout="segments", videos=tmp_path, annotations=table), ())
    lines = str(refusal.value).splitlines()
    assert [line.split("table.csv:")[1].split(":")[0] for line in lines] == ["2", "3", "4", "5"]
    assert "start_s must come before end_s, got 3 and 1" in lines[0]
    assert "there is no such video" in lines[3]


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
    with pytest.raises(ValueError, match=r"truth.layout must be one of scenes, segments, values, .*got 'excel'"):
        read_truths(TruthConfig(layout="excel", videos=tmp_path), ())
