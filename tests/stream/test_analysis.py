"""An analysis of videos: what is written of them, in which memory, and what another run does again."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from models.predictor import Predictor
from stream.analysis import AnalysedVideo, Analysis, AnalysisOptions
from stream.batch.inputs import find_inputs
from tests.stream.batch.analysing import Silent, outputs, records, run, states
from tests.stream.batch.scenery import Brightness, dark_bright_dark, write_video


class Note:
    """A product that writes down how many events there were."""

    suffix = "_note.txt"

    def make(self, path: Path, video: AnalysedVideo) -> None:
        path.write_text(f"{len(video.events)} events in {video.duration_seconds:.1f} s")


def test_a_video_gives_its_scores_and_its_event_when_it_happened(tmp_path: Path) -> None:
    video = write_video(tmp_path / "night.mp4", dark_bright_dark())
    summary = run(tmp_path / "out", video, products=[Note()])
    assert summary.exit_code == 0
    assert outputs(tmp_path / "out") == {"night.jsonl", "night.csv", "night_note.txt", "summary.json"}
    scores = [record for record in records(tmp_path / "out" / "night.jsonl") if record["kind"] == "classification"]
    assert [record["start_seconds"] for record in scores] == pytest.approx([0.32 * k for k in range(len(scores))])
    assert scores[-1]["end_seconds"] <= 12.0
    events = [record for record in records(tmp_path / "out" / "night.jsonl") if record["kind"] == "event"]
    assert [event["label"] for event in events] == ["bright"]
    # A clip is 1.28 s long, so a change is seen to within about half of it.
    assert events[0]["start_seconds"] == pytest.approx(4.0, abs=0.7)
    assert events[0]["end_seconds"] == pytest.approx(8.0, abs=0.7)
    assert events[0]["start_seconds"] < events[0]["emitted_at_seconds"] < events[0]["end_seconds"]
    assert (tmp_path / "out" / "night_note.txt").read_text() == "1 events in 12.0 s"


def test_the_size_of_batches_changes_nothing(tmp_path: Path) -> None:
    video = write_video(tmp_path / "night.mp4", dark_bright_dark())
    written = []
    for size in (1, 3, 8):
        out = tmp_path / f"out{size}"
        run(out, video, predictors=[Brightness(max_batch_size=size)])
        clips = [record for record in records(out / "night.jsonl") if record["kind"] != "event"]
        events = [record for record in records(out / "night.jsonl") if record["kind"] == "event"]
        written.append((clips, events))
    assert written[0] == written[1] == written[2]


def test_two_models_share_one_reading_of_the_video(tmp_path: Path) -> None:
    video = write_video(tmp_path / "night.mp4", dark_bright_dark())
    short, long = Brightness("short", num_frames=4), Brightness("long", num_frames=32)
    summary = run(tmp_path / "out", video, predictors=[short, long])
    clips = [record for record in records(tmp_path / "out" / "night.jsonl") if record["kind"] == "classification"]
    assert {record["model"] for record in clips} == {"short", "long"}
    assert summary.reports[0].num_frames == 300, "frames were decoded once for both"
    assert summary.reports[0].num_clips == len(clips)


def test_a_video_shorter_than_a_clip_gives_one_padded_clip(tmp_path: Path) -> None:
    summary = run(tmp_path / "out", write_video(tmp_path / "blink.mp4", [0.5] * 3))
    assert [report.num_clips for report in summary.reports] == [1]


def test_a_damaged_video_is_analysed_and_its_damage_counted(tmp_path: Path) -> None:
    video = write_video(tmp_path / "hit.mp4", [0.3 + 0.4 * (index % 7) / 7 for index in range(200)])
    content = bytearray(video.read_bytes())
    start, rng = content.index(b"mdat") + 4, random.Random(5)
    for _ in range(12):
        place = rng.randrange(start + 1000, content.index(b"moov") if b"moov" in content[start:] else len(content))
        content[place] ^= 1 << rng.randrange(8)
    video.write_bytes(content)
    summary = run(tmp_path / "out", video)
    report = summary.reports[0]
    assert (report.state, report.reason) == ("done", "")
    assert 0 < report.num_damaged_frames < report.num_frames
    assert report.num_clips > 10


def test_resume_skips_what_is_complete_and_does_the_rest_again(tmp_path: Path) -> None:
    first = write_video(tmp_path / "a.mp4", [0.5] * 50)
    second = write_video(tmp_path / "b.mp4", [0.5] * 50)
    options = AnalysisOptions(resume=True)
    out = tmp_path / "out"
    assert states(run(out, first, options=options)) == ["done"]
    assert states(run(out, first, second, options=options)) == ["skipped", "done"]
    (out / "b.csv").unlink()
    os.utime(first, (1, 1))  # as if it had been recorded again
    assert states(run(out, first, second, options=options)) == ["done", "done"]
    fewer = AnalysisOptions(formats=("jsonl",), resume=True)
    assert states(run(out, first, second, options=fewer)) == ["skipped", "skipped"], "what is wanted is there"
    assert states(run(out, first, second)) == ["done", "done"], "without --resume everything is done again"


def test_resuming_a_finished_run_loads_no_model(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4", [0.5] * 50)
    run(tmp_path / "out", video)

    def load() -> list[Predictor]:
        raise AssertionError("a model was loaded for nothing")

    options = AnalysisOptions(resume=True)
    analysis = Analysis([Brightness().card], load, tmp_path / "out", options=options, products=[], listener=Silent())
    assert states(analysis.run(find_inputs([str(video)]))) == ["skipped"]


def test_equal_stems_of_different_folders_keep_their_own_outputs(tmp_path: Path) -> None:
    for ward, level in (("ward1", 0.1), ("ward2", 0.9)):
        (tmp_path / ward).mkdir()
        write_video(tmp_path / ward / "cam.mp4", [level] * 50)
    out = tmp_path / "out"
    run(out, tmp_path / "ward1", tmp_path / "ward2")
    run(out, tmp_path / "ward2")  # a later run of one of them keeps its name
    assert outputs(out) == {"ward1_cam.jsonl", "ward1_cam.csv", "ward2_cam.jsonl", "ward2_cam.csv", "summary.json"}
    for ward, label in (("ward1", "dark"), ("ward2", "bright")):
        record = records(out / f"{ward}_cam.jsonl")[0]
        assert record["source"].endswith(f"{ward}/cam.mp4")
        assert max(zip(record["scores"], record["labels"], strict=True))[1] == label


@pytest.mark.slow
def test_memory_does_not_grow_with_the_length_of_the_video(tmp_path: Path) -> None:
    """Ten minutes give 7,500 picked frames, 550 MB of pixels, which pass through a process that stays small."""
    script = (
        "import resource, sys; sys.path.insert(0, '.')\n"
        "from pathlib import Path\n"
        "from tests.stream.batch.scenery import Brightness\n"
        "from tests.stream.batch.analysing import run\n"
        "run(Path(sys.argv[1]), Path(sys.argv[2]), predictors=[Brightness(short_side=128)])\n"
        "sys.stdout.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))"
    )
    peaks = []
    for name, num_frames in (("short", 750), ("long", 15_000)):
        video = write_video(tmp_path / f"{name}.mp4", [0.2, 0.8] * (num_frames // 2), width=48, height=32)
        argv = [sys.executable, "-c", script, str(tmp_path / name), str(video)]
        peaks.append(int(subprocess.run(argv, capture_output=True, check=True, timeout=150).stdout) / 1024)
    assert peaks[1] - peaks[0] < 40, f"peak MiB for half a minute and for ten: {peaks}"
