"""Tests of stream/batch/missing_part.py, by its values and through whole analyses of videos that break off."""

import json
from pathlib import Path

import pytest

from stream.analysis import AnalysisOptions
from stream.batch.missing_part import missing_part
from stream.batch.wire import Ended
from stream.sources.reader import MediaInfo
from tests.stream.batch.analysing import records, run, states
from tests.stream.sources.made_videos import make_video


def missing(
    declared_seconds: float | None,
    seconds: float,
    *,
    num_frames: int | None = None,
    wanted_seconds: float | None = None,
) -> str:
    media = MediaInfo("file", "mp4", "h264", 64, 48, 25.0, declared_seconds, num_frames)
    ended = Ended(round(seconds * 25), 0, 1, seconds, 0.0, 0.0, 0.0)
    return str(missing_part(media, ended, wanted_seconds=wanted_seconds) or "")


@pytest.mark.parametrize(
    ("declared", "seconds", "reason"),
    [
        (6.0, 1.6, "ends at 1.6 s of the declared 6.0 s"),
        (100.0, 94.0, "ends at 94.0 s of the declared 100.0 s"),
        (100.0, 96.0, ""),  # less than 5 %
        (2.0, 1.6, ""),  # less than half a second
        (None, 1.6, ""),
    ],
)
def test_what_is_missing_is_told_beyond_what_honest_containers_round(
    declared: float | None, seconds: float, reason: str
) -> None:
    assert missing(declared, seconds) == reason


def test_only_what_was_asked_for_can_be_missing() -> None:
    assert missing(60.0, 2.0, wanted_seconds=2.0) == ""
    assert missing(60.0, 2.0, wanted_seconds=10.0) == "ends at 2.0 s of the declared 60.0 s"


def test_a_video_of_which_all_frames_came_is_whole_however_long_the_last_one_stands() -> None:
    assert missing(60.0, 10.0, num_frames=250) == ""
    assert missing(60.0, 10.0, num_frames=1500) != ""


@pytest.mark.parametrize("suffix", [".mkv", ".avi"])
def test_a_video_that_breaks_off_is_partly_done_and_says_where(tmp_path: Path, suffix: str) -> None:
    whole = make_video(tmp_path / f"whole{suffix}", num_frames=150).read_bytes()
    cut = tmp_path / f"cut{suffix}"
    cut.write_bytes(whole[: len(whole) * 3 // 10])
    out = tmp_path / "out"
    summary = run(out, cut)
    [report] = summary.reports
    assert (report.state, report.reason) == ("partial", f"ends at {report.video_seconds:.1f} s of the declared 6.0 s")
    assert summary.exit_code == 3
    told = json.loads((out / "summary.json").read_text())
    assert (told["num_done"], told["num_partial"], told["inputs"][0]["reason"]) == (0, 1, report.reason)
    last = records(out / "cut.jsonl")[-1]
    assert (last["kind"], last["end_seconds"], last["reason"]) == ("missing", 6.0, report.reason)
    again = run(out, cut, options=AnalysisOptions(resume=True))
    assert (states(again), again.reports[0].reason, again.exit_code) == (["skipped"], report.reason, 3)
    assert states(run(out, cut, options=AnalysisOptions(end_seconds=0.8))) == ["done"], "so much of it is there"


def test_a_video_whose_sound_goes_on_for_longer_is_whole(tmp_path: Path) -> None:
    videos = tmp_path / "videos"
    videos.mkdir()
    for suffix in (".mkv", ".mp4"):
        make_video(videos / f"sound{suffix}", num_frames=5, rate=50, num_sounds=40)
    assert states(run(tmp_path / "out", videos)) == ["done", "done"]
