"""Ordinary videos, played again and again for measuring false alarms."""

import json
from pathlib import Path

import av
import numpy as np
import pytest

from app.evaluation.config import LoopConfig
from app.evaluation.looping import loop_missing
from stream.video_writer import VideoWriter


def write_steps(path: Path, num_frames: int = 10) -> Path:
    """Write a second of video that gets brighter from frame to frame."""
    with VideoWriter(path, width=64, height=48, frame_rate_hz=10) as writer:
        for index in range(num_frames):
            writer.write(np.full((48, 64, 3), 20 * index, np.uint8))
    return path


def levels(path: Path) -> np.ndarray:
    with av.open(str(path)) as container:
        return np.array([frame.to_ndarray(format="rgb24").mean() for frame in container.decode(video=0)])


def test_a_loop_repeats_its_video_for_as_long_as_asked(tmp_path: Path) -> None:
    config = LoopConfig(videos=(write_steps(tmp_path / "steps.mp4"),), minutes=0.05, short_side=32)
    loop_missing(config, tmp_path / "made")
    found = levels(tmp_path / "made" / "loop_steps.mp4")
    assert len(found) == 30
    assert np.abs(found[:10] - found[10:20]).max() < 8
    assert found[9] > found[10] + 100
    truth = json.loads((tmp_path / "made" / "loop_steps.json").read_text())
    assert (truth["events"], truth["scene"], truth["duration_seconds"]) == ([], "loop", 3.0)


def test_a_loop_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    config = LoopConfig(videos=(write_steps(tmp_path / "steps.mp4"),), minutes=0.02)
    loop_missing(config, tmp_path)
    written = (tmp_path / "loop_steps.mp4").stat().st_mtime_ns
    loop_missing(config, tmp_path)
    assert (tmp_path / "loop_steps.mp4").stat().st_mtime_ns == written


def test_a_video_that_cannot_be_looped_is_named(tmp_path: Path) -> None:
    still = write_steps(tmp_path / "still.mp4", num_frames=1)
    with pytest.raises(ValueError, match=r"still\.mp4: cannot be looped: at least two frames"):
        loop_missing(LoopConfig(videos=(still,), minutes=1), tmp_path / "made")
