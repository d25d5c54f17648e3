"""Exports of ELAN and BORIS, in each form that the programs write."""

from pathlib import Path

import pytest

from models.datasets.labelled_video import LabelledVideo
from models.datasets.layouts import read_data_set


def write(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def videos(tmp_path: Path) -> Path:
    folder = tmp_path / "videos"
    folder.mkdir()
    for name in ("ward1.mp4", "ward2.mp4"):
        (folder / name).touch()
    return folder


def spans(video: LabelledVideo) -> list[tuple[str, float, float]]:
    return [(span.label, span.start_seconds, span.end_seconds) for span in video.spans or ()]


ELAN_LIST = (
    "Tier,Participant,Begin Time - hh:mm:ss.ms,Begin Time - ss.msec,End Time - hh:mm:ss.ms,End Time - ss.msec,"
    "Duration - hh:mm:ss.ms,Duration - ss.msec,Annotation",
    "patient,P1,00:00:05.250,5.250,00:01:02.000,62.000,00:00:56.750,56.750,walks",
    "nurse,N1,00:00:01.000,1.000,00:00:02.500,2.500,00:00:01.500,1.500,",
)
ELAN_TIERS = (
    '"#file:///C:/Users/x/ward1.eaf -- offset: 0"',
    "Begin Time - ss.msec\tEnd Time - ss.msec\tDuration - ss.msec\tpatient\tnurse",
    "5.250\t62.000\t56.750\twalks\t",
    "1.000\t2.500\t1.500\t\tnurse",
)
ELAN_BARE = (
    "patient\tP1\t00:00:05.250\t5.250\t5250\t00:01:02.000\t62.000\t62000\t00:00:56.750\t56.750\t56750\twalks",
    "nurse\t\t00:00:01.000\t1.000\t1000\t00:00:02.500\t2.500\t2500\t00:00:01.500\t1.500\t1500\t",
)
ELAN_MILLISECONDS = (
    "Tier\tBegin Time - msec\tEnd Time - msec\tAnnotation",
    "patient\t5250\t62000\twalks",
    "nurse\t1000\t2500\t",
)


@pytest.mark.parametrize("lines", [ELAN_LIST, ELAN_TIERS, ELAN_BARE, ELAN_MILLISECONDS])
@pytest.mark.parametrize("suffix", [".csv", ".txt"])
def test_every_form_of_an_elan_export_says_the_same(videos: Path, lines: tuple[str, ...], suffix: str) -> None:
    write(videos / f"ward1{suffix}", *lines)
    (video,) = read_data_set("elan", videos)
    assert video.path == videos / "ward1.mp4"
    assert spans(video) == [("nurse", 1.0, 2.5), ("walks", 5.25, 62.0)]


def test_exports_of_elan_may_lie_in_a_folder_of_their_own(videos: Path, tmp_path: Path) -> None:
    write(tmp_path / "coding" / "ward1.csv", *ELAN_LIST)
    write(tmp_path / "coding" / "ward2.csv", *ELAN_LIST)
    assert [video.name for video in read_data_set("elan", videos, tmp_path / "coding")] == ["ward1.mp4", "ward2.mp4"]


def test_what_is_wrong_with_elan_exports_is_said_with_its_lines(videos: Path) -> None:
    write(videos / "ward3.csv", *ELAN_LIST)
    write(
        videos / "ward1.csv",
        "Tier,Begin Time - ss.msec,End Time - ss.msec,Annotation",
        "patient,5,4,walks",
        "patient,soon,9,walks",
        "patient,10,20,walks",
        "patient,19,30,walks",
        "patient,-3,1,sits",
    )
    with pytest.raises(ValueError, match="a video called ward3 is required") as caught:
        read_data_set("elan", videos)
    complaints = str(caught.value)
    assert "ward1.csv:2: walks must end after it starts, got 5 to 4 s" in complaints
    assert "ward1.csv:3: Begin Time and End Time must be times" in complaints
    assert "ward1.csv:5: walks from 19 s overlaps itself until 20 s" in complaints
    assert len(complaints.splitlines()) == 5


BORIS_AGGREGATED = (
    "Observation id,Observation date,Media file name,Total length,FPS,Subject,Behavior,Behavioral category,"
    "Modifiers,Behavior type,Start (s),Stop (s),Duration (s),Comment start,Comment stop",
    "obs1,2024-01-01,C:\\data\\ward1.mp4,60,25,P1,walks,,,STATE,5.25,62,56.75,,",
    "obs1,2024-01-01,C:\\data\\ward1.mp4,60,25,P1,coughs,,,POINT,3,3,NA,,",
)
BORIS_TABULAR = (
    "Observation id\tMedia file name\tSubject\tBehavior\tBehavioral category\tBehavior type\tTime\tImage index",
    "obs1\t/home/x/ward1.mp4\tP1\tcoughs\t\tPOINT\t3.0\t75",
    "obs1\t/home/x/ward1.mp4\tP1\twalks\t\tSTART\t5.25\t131",
    "obs1\t/home/x/ward1.mp4\tP1\twalks\t\tSTOP\t62.0\t1550",
)


@pytest.mark.parametrize("lines", [BORIS_AGGREGATED, BORIS_TABULAR])
def test_both_exports_of_boris_say_the_same(videos: Path, tmp_path: Path, lines: tuple[str, ...]) -> None:
    (video,) = read_data_set("boris", videos, write(tmp_path / "events.csv", *lines))
    assert video.path == videos / "ward1.mp4"
    assert spans(video) == [("coughs", 2.5, 3.5), ("walks", 5.25, 62.0)]  # a point becomes a second
    assert video.groups == {"subject": "P1"}


def test_what_is_wrong_with_a_boris_export_is_said_with_its_lines(videos: Path, tmp_path: Path) -> None:
    heading = BORIS_TABULAR[0]
    export = write(
        tmp_path / "events.tsv",
        heading,
        "obs1\tward1.mp4\tP1\twalks\t\tSTOP\t5\t1",
        "obs1\tward1.mp4\tP1\tsits\t\tSTART\t7\t1",
        "obs1\tward1.mp4\tP1\tsits\t\tSTART\tlater\t1",
        "obs2\tgone.mp4\tP1\tsits\t\tSTART\t7\t1",
    )
    with pytest.raises(ValueError, match=r"events\.tsv:2: walks: START, STOP and POINT must alternate") as caught:
        read_data_set("boris", videos, export)
    complaints = str(caught.value)
    assert "events.tsv:3: sits: this START has no STOP" in complaints
    assert "events.tsv:4: Time must be a number, got 'later'" in complaints
    assert "events.tsv:5: the video 'gone.mp4' is missing" in complaints
