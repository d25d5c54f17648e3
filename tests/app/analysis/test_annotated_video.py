"""Tests of app/analysis/annotated_video.py: the video is written, read back and compared."""

from pathlib import Path

import numpy as np
import pytest

from app.analysis.annotated_video import AnnotatedVideo
from stream.analysis import AnalysedVideo
from stream.batch.series import Series
from stream.errors import SourceRefused
from stream.messages import Event
from stream.sources.opening import open_source
from tests.stream.batch.scenery import write_video


def analysed(path: Path) -> AnalysedVideo:
    starts = np.arange(4) * 1.0
    values = np.array([[0.1, 0.9]] * 4, np.float32)
    series = Series("model", "classification", ("dark", "bright"), "", starts, starts + 1.0, values)
    event = Event("id", "a", "model", "bright", 1, 1.0, 2.0, 0.93, 1.5, 0.0)
    with open_source(str(path)) as reader:
        return AnalysedVideo(str(path), path.name, reader.media, 4.0, (series,), (event,))


def grey_frames(path: Path, *, height: int, width: int) -> np.ndarray:
    with open_source(str(path)) as reader:
        return np.stack([frame.to_rgb(height, width).mean(2) for frame in reader])


def test_every_frame_is_there_with_the_labels_of_its_time(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4", [0.5] * 100, width=321 - 1, height=240)
    AnnotatedVideo().make(tmp_path / "b.mp4", analysed(video))
    before, after = (grey_frames(path, height=240, width=320) for path in (video, tmp_path / "b.mp4"))
    assert after.shape == before.shape
    changed = np.abs(after - before) > 60
    upper_left, lower_left = changed[:, :40, :100], changed[:, -60:, :100]
    assert lower_left.any((1, 2)).all(), "the labels stand on every frame"
    shown = upper_left.sum((1, 2))
    quiet, busy = shown[:24].max(), shown[26:49].min()
    assert busy > 3 * quiet, "the plate of the event stands only while it lasts"
    assert shown[52:].max() <= quiet + 20


def test_a_video_that_is_gone_is_an_error_and_leaves_no_file(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4", [0.5] * 25)
    known = analysed(video)
    video.unlink()
    with pytest.raises(SourceRefused, match=r"a\.mp4"):
        AnnotatedVideo().make(tmp_path / "b.mp4", known)
    assert not list(tmp_path.iterdir())


def test_a_file_that_cannot_be_written_is_an_error_of_the_output(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4", [0.5] * 25)
    with pytest.raises(OSError, match="cannot be written"):
        AnnotatedVideo().make(tmp_path / "missing" / "b.mp4", analysed(video))
