"""From a data set on disk to recordings: frames as they are served, and what is said checked against the videos."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.training.frame_cache import cache_frames
from app.training.video_data import VideoData, load_recordings, read_videos
from models.datasets.labelled_video import LabelledVideo
from models.predictor import ClipSpec
from models.training.video_config import ClassificationConfig
from stream.batch.decoder import Decoder
from stream.batch.frame_window import FrameWindow
from stream.batch.wire import DecodeOrder, Step
from tests.app.training.made_runs import write_config
from tests.app.training.made_videos import write_square

SPEC = ClipSpec(num_frames=8, frame_rate_hz=8.0, stride_seconds=0.5, short_side=32)


def ignore(done: int, total: int, note: str = "") -> None:
    pass


def load(folder: Path, **changes: Any) -> VideoData:
    config = ClassificationConfig.load(write_config(folder, **changes))
    return load_recordings(read_videos(config), config, folder / "frames", ignore)


def complaints(folder: Path, **changes: Any) -> str:
    with pytest.raises(ValueError, match=r"\S") as caught:
        load(folder, **changes)
    return str(caught.value)


@pytest.fixture
def segments(tmp_path: Path) -> dict[str, Any]:
    """A data set of segments: three videos of 3 s, in three parts."""
    rows = ["file,split,label,start_s,end_s"]
    for index, part in enumerate(("train", "val", "test")):
        write_square(tmp_path / "data" / f"v{index}.mp4", "left", seed=index, seconds=3)
        rows += [f"v{index}.mp4,{part},left,0,1.5", f"v{index}.mp4,{part},right,1.5,3"]
    (tmp_path / "data" / "segments.csv").write_text("\n".join(rows) + "\n")
    return {"data": {"layout": "segments", "videos": "data"}, "labels": ["none", "left", "right"]}


def add_row(folder: Path, row: str) -> None:
    with (folder / "data" / "segments.csv").open("a") as file:
        file.write(row + "\n")


def test_a_model_is_trained_on_the_frames_that_it_will_be_served(tmp_path: Path) -> None:
    path = write_square(tmp_path / "a.mp4", "left", seed=1, rate_hz=12.5)  # the clip's grid picks some of them
    (cached,) = cache_frames(
        [LabelledVideo("a", path, "a")], tmp_path / "frames", SPEC, num_threads=1, on_progress=ignore
    )
    assert cached.frames.shape == (16, 32, 43, 3)
    with Decoder(DecodeOrder(str(path), {"model": SPEC})) as decoder:
        window, served = FrameWindow(str(path), ["model"]), []
        for message in decoder:
            if isinstance(message, Step):
                for frame in message.frames:
                    window.add(frame)
                served += [window.assemble(clip).frames for clip in message.clips]
    assert len(served) == 3
    for index, clip in enumerate(served):
        assert np.array_equal(clip, cached.frames[4 * index : 4 * index + 8])


def test_videos_are_decoded_once_and_anew_when_they_change(tmp_path: Path) -> None:
    path = write_square(tmp_path / "a.mp4", "left", seed=1)
    videos = [LabelledVideo("a", path, "a"), LabelledVideo("the same", path, "b")]

    def cache() -> set[Path]:
        cache_frames(videos, tmp_path / "frames", SPEC, num_threads=2, on_progress=ignore)
        return set((tmp_path / "frames").iterdir())

    first = cache()
    assert len(first) == 1
    times = {file.stat().st_mtime_ns for file in first}
    assert {file.stat().st_mtime_ns for file in cache()} == times
    write_square(path, "right", seed=2, seconds=3)
    assert len(cache()) == 2


def test_every_video_that_cannot_be_decoded_is_named_with_its_line(tmp_path: Path) -> None:
    good = write_square(tmp_path / "good.mp4", "left", seed=1)
    (tmp_path / "text.mp4").write_text("no video")
    (tmp_path / "torn.mp4").write_bytes(good.read_bytes()[:400])
    videos = [LabelledVideo(name, tmp_path / f"{name}.mp4", f"table.csv:{line}") for line, name in
              enumerate(("good", "text", "torn"), start=2)]  # fmt: skip
    with pytest.raises(ValueError, match=r"table\.csv:3: .*text\.mp4") as caught:
        cache_frames(videos, tmp_path / "frames", SPEC, num_threads=1, on_progress=ignore)
    assert "table.csv:4: " in str(caught.value)
    assert "table.csv:2" not in str(caught.value)
    assert len(list((tmp_path / "frames").iterdir())) == 1  # what could be decoded stays, nothing half-written


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_square(tmp_path / "a.mp4", "left", seed=1)

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("numpy.lib.format.write_array_header_1_0", fail)
    with pytest.raises(OSError, match="No space left on device; what was decoded stays, the same command goes on"):
        cache_frames([LabelledVideo("a", path, "a")], tmp_path / "frames", SPEC, num_threads=1, on_progress=ignore)
    assert list((tmp_path / "frames").iterdir()) == []


def test_segments_become_recordings_of_their_parts(tmp_path: Path, segments: dict[str, Any]) -> None:
    data = load(tmp_path, **segments)
    (train,) = data.recordings["train"]
    assert [span.label for span in train.spans] == ["left", "right"]
    assert train.duration_seconds == pytest.approx(3.0)
    assert data.judged == data.recordings["test"]
    assert "1 train, 1 validation, 1 test" in data.summary


def test_labels_are_renamed_and_ignored_as_asked(tmp_path: Path, segments: dict[str, Any]) -> None:
    data = {**segments["data"], "rename": {"left": "moving"}, "ignore": ["right"]}
    (train,) = load(tmp_path, data=data, labels=["none", "moving"]).recordings["train"]
    assert [span.label for span in train.spans] == ["moving"]


def test_segments_that_overlap_are_for_several_labels_only(tmp_path: Path, segments: dict[str, Any]) -> None:
    add_row(tmp_path, "v1.mp4,val,right,1.0,1.4")
    assert "segments.csv:8: right from 1 s overlaps left until 1.5 s" in complaints(tmp_path, **segments)
    several = {**segments, "labels": ["left", "right"], "several_labels": True}
    (validation,) = load(tmp_path, **several).recordings["validation"]
    assert len(validation.spans) == 3


def test_what_does_not_fit_a_video_is_named(tmp_path: Path, segments: dict[str, Any]) -> None:
    add_row(tmp_path, "v2.mp4,test,left,3.5,9")
    assert "segments.csv:8: left ends at 9 s, the video v2.mp4 at 3.00 s" in complaints(tmp_path, **segments)


def test_a_video_shorter_than_a_clip_is_refused_padded_or_skipped(tmp_path: Path, segments: dict[str, Any]) -> None:
    write_square(tmp_path / "data" / "v3.mp4", "left", seed=4, seconds=0.5)
    add_row(tmp_path, "v3.mp4,train,left,0,0.5")
    said = complaints(tmp_path, **segments)
    assert "segments.csv:8: v3.mp4 must be at least as long as a clip (8 frames, 1.00 s), it has 4 frames" in said
    padded = load(tmp_path, **{**segments, "data": {**segments["data"], "short_videos": "pad"}})
    assert len(padded.recordings["train"]) == 2
    skipped = load(tmp_path, **{**segments, "data": {**segments["data"], "short_videos": "skip"}})
    assert len(skipped.recordings["train"]) == 1
    assert "1 videos shorter than a clip were left out" in skipped.summary


def test_pictures_of_several_shapes_need_a_crop(tmp_path: Path, segments: dict[str, Any]) -> None:
    write_square(tmp_path / "data" / "v3.mp4", "left", seed=4, size=(96, 48))
    add_row(tmp_path, "v3.mp4,train,left,0,2")
    assert "the videos' pictures differ in shape (32x43, 32x64); set crop" in complaints(
        tmp_path, **segments, crop=None
    )
    assert len(load(tmp_path, **segments, crop=[32, 40]).recordings["train"]) == 2
    assert "crop (32, 50) must fit into its pictures, which are 32x43" in complaints(
        tmp_path, **segments, crop=[32, 50]
    )


def test_a_data_set_without_a_part_for_validation_is_refused(tmp_path: Path, segments: dict[str, Any]) -> None:
    table = tmp_path / "data" / "segments.csv"
    table.write_text(table.read_text().replace(",val,", ",train,"))
    assert "at least one video for validation is required" in complaints(tmp_path, **segments)
    shutil.rmtree(tmp_path / "data")
    assert "must be a text file" in complaints(tmp_path, **segments)


def test_a_stretch_of_a_video_is_cut_out(tmp_path: Path) -> None:
    rows = ["label,youtube_id,time_start,time_end,split"]
    for index, part in enumerate(("train", "val")):
        write_square(tmp_path / "data" / f"long{index}.mp4", "left", seed=index, seconds=4)
        rows += [f"left,long{index},0,2,{part}", f"right,long{index},2,4,{part}"]
    (tmp_path / "table.csv").write_text("\n".join(rows))
    data = {"layout": "kinetics", "videos": "data", "annotations": "table.csv"}
    found = load(tmp_path, data=data, labels=["left", "right"])
    assert [recording.label for recording in found.recordings["train"]] == ["left", "right"]
    assert [len(recording.frames) for recording in found.recordings["train"]] == [16, 16]
    assert "there are no test videos" in found.summary
