"""Data sets in exactly the layouts that they are published in, and what is said of wrong ones."""

import json
from pathlib import Path

import numpy as np
import pytest

from models.datasets.labelled_video import LabelledVideo
from models.datasets.layouts import LAYOUTS, read_data_set
from models.datasets.problems import MAX_SHOWN, Problems


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def write(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def spans(video: LabelledVideo) -> list[tuple[str, float, float]]:
    return [(span.label, span.start_seconds, span.end_seconds) for span in video.spans or ()]


def complaints(layout: str, videos: Path, annotations: Path | None = None) -> list[str]:
    with pytest.raises(ValueError, match=r"\S") as caught:
        read_data_set(layout, videos, annotations)
    return str(caught.value).splitlines()


def test_a_folder_per_class_may_have_parts_or_not(tmp_path: Path) -> None:
    touch(tmp_path / "plain" / "walk" / "a.mp4", tmp_path / "plain" / "sit" / "day" / "b.AVI")
    touch(tmp_path / "plain" / "sit" / "notes.txt")
    found = read_data_set("folder_per_class", tmp_path / "plain")
    assert [(video.name, video.label, video.part) for video in found] == [
        ("sit/day/b.AVI", "sit", None),
        ("walk/a.mp4", "walk", None),
    ]
    touch(tmp_path / "parts" / "train" / "walk" / "a.mp4", tmp_path / "parts" / "val" / "walk" / "b.mp4")
    found = read_data_set("folder_per_class", tmp_path / "parts")
    assert [(video.label, video.part) for video in found] == [("walk", "train"), ("walk", "validation")]


def test_a_class_without_videos_and_a_missing_folder_are_named(tmp_path: Path) -> None:
    (tmp_path / "walk").mkdir()
    assert complaints("folder_per_class", tmp_path)[0].startswith(f"{tmp_path / 'walk'}: a class needs videos")
    assert "cannot be read" in complaints("folder_per_class", tmp_path / "gone")[0]
    assert "found no folder" in complaints("folder_per_class", tmp_path / "walk")[0]


def test_kinetics_rows_name_cut_clips_or_stretches_of_whole_videos(tmp_path: Path) -> None:
    touch(tmp_path / "train" / "tai_chi" / "abc_000010_000020.mp4", tmp_path / "xyz.mp4")
    table = write(
        tmp_path / "train.csv",
        "label,youtube_id,time_start,time_end,split,is_cc",
        "tai chi,abc,10,20,train,0",
        '"zumba",xyz,5.5,15.5,validate,0',
    )
    cut, whole = read_data_set("kinetics", tmp_path, table)
    assert (cut.label, cut.part, cut.window) == ("tai chi", "train", None)
    assert (whole.label, whole.part, whole.window) == ("zumba", "validation", (5.5, 15.5))
    assert whole.path == tmp_path / "xyz.mp4"
    assert cut.origin == f"{table}:2"


def test_every_wrong_row_of_a_kinetics_table_is_named(tmp_path: Path) -> None:
    touch(tmp_path / "a.mp4")
    table = write(
        tmp_path / "t.csv", "path,label,split", "a.mp4,walk,train", "b.mp4,,holiday", "a.mp4,sit,test", "", "a.mp4,x,"
    )
    found = complaints("kinetics", tmp_path, table)
    assert f"{table}:3: label must not be empty" in found
    assert f"{table}:3: split must be train, validation or test, got 'holiday'" in found
    assert f"{table}:3: the video {tmp_path / 'b.mp4'} is missing" in found
    assert f"{table}:4: a.mp4 stands in {table}:2 already" in found
    assert f"{table}:6: a.mp4 stands in {table}:4 already" in found
    table = write(tmp_path / "t.csv", "label,youtube_id,time_start,time_end", "walk,a,9,4", "walk,gone,0,3")
    found = complaints("kinetics", tmp_path, table)
    assert f"{table}:2: time_start must come before time_end, got 9 and 4" in found
    assert f"{table}:3: the video gone_000000_000003.mp4 (or gone.mp4) is missing in {tmp_path}" in found
    assert "the heading must have youtube_id" in complaints("kinetics", tmp_path, write(table, "label", "walk"))[0]


def test_segments_of_different_labels_may_overlap_and_clips_without_any_count(tmp_path: Path) -> None:
    touch(tmp_path / "a.mp4", tmp_path / "b.mp4")
    table = write(
        tmp_path / "segments.csv", "file,split,label,start_s,end_s", "a.mp4,dev,Eating,4.2,5", "a.mp4,dev,Sitting,0,7"
    )
    write(tmp_path / "clips.csv", "file,split,subject,kind", "a.mp4,train,S2,ADL", "b.mp4,test,S3,Fall")
    first, second = read_data_set("segments", tmp_path)
    assert spans(first) == [("Sitting", 0.0, 7.0), ("Eating", 4.2, 5.0)]
    assert (first.part, first.groups["subject"]) == ("train", "S2")
    assert (second.spans, second.part) == ((), "test")
    write(table, "file,split,label,start_s,end_s", "a.mp4,,Sitting,0,7", "a.mp4,,Sitting,6,9", "c.mp4,,Sitting,x,9")
    found = complaints("segments", tmp_path)
    assert f"{table}:3: Sitting from 6 s overlaps itself until 7 s ({table}:2)" in found
    assert f"{table}:4: start_s must be a number, got 'x'" in found
    assert f"{table}:4: the video {tmp_path / 'c.mp4'} is missing" in found


def test_the_real_falls_are_read(shared_data: Path) -> None:
    found = {video.name: video for video in read_data_set("segments", shared_data / "falls")}
    assert len(found) == 14
    assert ("Falling (BW)", 6.9, 12.0) in spans(found["S2_Fall_12.mp4"])
    assert {video.groups["subject"] for video in found.values()} == {"S2", "S3"}


TRACING = [(30.0, 20.0, 60.0, 90.0), *((30.0 + i, 20.0 + 10 * i, 70.0 - i, 20.0 + 10 * i) for i in range(6))]


def write_echonet(root: Path, *, ef: str = "55.5", x: float = 30.0, frame: int = 46) -> Path:
    touch(root / "Videos" / "0X1A.avi", root / "Videos" / "0X2B.avi")
    write(
        root / "FileList.csv",
        "FileName,EF,ESV,EDV,FrameHeight,FrameWidth,FPS,NumberOfFrames,Split",
        f"0X1A,{ef},40.1,90.2,112,112,50,174,TRAIN",
        "0X2B,60,30,75,112,112,50,200,VAL",
    )
    rows = [f"0X1A.avi,{x1},{y1},{x2},{y2},{frame}" for x1, y1, x2, y2 in [(x, *TRACING[0][1:]), *TRACING[1:]]]
    write(root / "VolumeTracings.csv", "FileName,X1,Y1,X2,Y2,Frame", *rows)
    return root


def test_echonet_has_ejection_fractions_and_traced_outlines(tmp_path: Path) -> None:
    traced, plain = read_data_set("echonet", write_echonet(tmp_path))
    assert traced.numbers == {"ef_percent": 55.5, "esv_ml": 40.1, "edv_ml": 90.2}
    assert (traced.part, plain.part) == ("train", "validation")
    (outline,) = traced.outlines
    assert outline.frame_index == 46
    assert outline.points.shape == (12, 2)  # the long axis is no chord
    assert np.array_equal(outline.points[0], (30, 20))
    assert np.array_equal(outline.points[-1], (70, 20))
    assert plain.outlines == ()


def test_impossible_ejection_fractions_and_tracings_are_named(tmp_path: Path) -> None:
    write_echonet(tmp_path, ef="155", x=200.0)
    found = complaints("echonet", tmp_path)
    assert f"{tmp_path / 'FileList.csv'}:2: EF must lie in 0..100 percent, got 155" in found
    assert f"{tmp_path / 'VolumeTracings.csv'}:2: X1 must lie in the picture, 0..112, got 200" in found
    write_echonet(tmp_path, ef="", frame=174)
    found = complaints("echonet", tmp_path)
    assert f"{tmp_path / 'FileList.csv'}:2: EF must be a number, got ''" in found
    assert f"{tmp_path / 'VolumeTracings.csv'}:2: Frame must lie in the loop, 0..173, got 174" in found
    write_echonet(tmp_path)
    (tmp_path / "Videos" / "0X2B.avi").unlink()
    assert "FileList.csv:3: the video 0X2B is missing" in complaints("echonet", tmp_path)[0]


def write_cholec80(root: Path, number: int, *phases: tuple[str, int]) -> None:
    touch(root / "videos" / f"video{number:02d}.mp4")
    labels = [label for label, num_frames in phases for _ in range(num_frames)]
    rows = [f"{index}\t{label}" for index, label in enumerate(labels)]
    write(root / "phase_annotations" / f"video{number:02d}-phase.txt", "Frame\tPhase", *rows)


def test_cholec80_has_phases_without_gap_and_instruments(tmp_path: Path) -> None:
    write_cholec80(tmp_path, 1, ("Preparation", 50), ("CalotTriangleDissection", 75))
    write_cholec80(tmp_path, 41, ("Preparation", 25))
    first, other = read_data_set("cholec80", tmp_path)
    assert spans(first) == [("Preparation", 0.0, 2.0), ("CalotTriangleDissection", 2.0, 5.0)]
    assert (first.part, other.part) == ("train", "test")
    write(
        tmp_path / "tool_annotations" / "video01-tool.txt",
        "Frame\tGrasper\tHook",
        *("0\t1\t0", "25\t1\t1", "50\t0\t1", "75\t1\t0"),
    )
    (video,) = read_data_set("cholec80_tools", tmp_path)
    assert spans(video) == [("Grasper", 0.0, 2.0), ("Hook", 1.0, 3.0), ("Grasper", 3.0, 4.0)]


def test_frames_out_of_order_and_missing_operations_are_named(tmp_path: Path) -> None:
    write_cholec80(tmp_path, 1, ("Preparation", 3))
    table = tmp_path / "phase_annotations" / "video01-phase.txt"
    table.write_text("Frame\tPhase\n0\tPreparation\n0\tPreparation\nx\tPreparation\n3\t\n")
    write(tmp_path / "phase_annotations" / "video02-phase.txt", "Frame\tPhase", "0\tPreparation")
    found = complaints("cholec80", tmp_path)
    assert f"{table}:3: Frame must be a whole number above 0, got '0'" in found
    assert f"{table}:4: Frame must be a whole number above 0, got 'x'" in found
    assert f"{table}:5: Phase must not be empty" in found
    assert any("video02.mp4 is missing" in line for line in found)


def test_what_the_simulator_writes_is_read_back(tmp_path: Path) -> None:
    touch(tmp_path / "test" / "bed.mp4")
    truth = {
        "scene": "bedside",
        "seed": 7,
        "events": [{"label": "into_bed", "start_seconds": 3.0, "end_seconds": 9.5, "people": 1}],
        "ef_percent": 51.5,
    }
    write(tmp_path / "test" / "bed.json", json.dumps(truth))
    (video,) = read_data_set("simulated", tmp_path)
    assert spans(video) == [("into_bed", 3.0, 9.5)]
    assert (video.part, video.numbers, video.groups["seed"]) == ("test", {"ef_percent": 51.5}, "7")
    truth["events"] = [{"label": "into_bed", "start_seconds": 9, "end_seconds": 3}, {"label": "into_bed"}]
    write(tmp_path / "test" / "bed.json", json.dumps(truth))
    write(tmp_path / "test" / "gone.json", "{}")
    write(tmp_path / "test" / "torn.json", "{")
    found = complaints("simulated", tmp_path)
    assert any("bed.json: events[0]: into_bed must end after it starts" in line for line in found)
    assert any("bed.json: events[1]: must have label, start_seconds and end_seconds" in line for line in found)
    assert any("gone.json: the video gone.mp4 is missing" in line for line in found)
    assert any("torn.json: must be the JSON that the simulator writes" in line for line in found)


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_an_empty_folder_is_refused_by_every_layout(tmp_path: Path, layout: str) -> None:
    assert len(complaints(layout, tmp_path)) == 1


def test_an_unknown_layout_is_refused_with_those_that_are_known(tmp_path: Path) -> None:
    assert "must be one of boris, cholec80" in complaints("magic", tmp_path)[0]


def test_a_hopeless_data_set_does_not_fill_the_screen() -> None:
    problems = Problems()
    for line in range(500):
        problems.add(f"table.csv:{line}", "wrong")
    with pytest.raises(ValueError, match=r"\.\.\. and 450 more") as caught:
        problems.raise_if_any()
    assert len(str(caught.value).splitlines()) == MAX_SHOWN + 1
