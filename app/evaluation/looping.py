"""Plays ordinary videos again and again into long ones, with the truth that nothing happens in them."""

import json
from collections.abc import Iterator
from itertools import chain, islice, repeat
from pathlib import Path

import numpy as np
from rich.progress import Progress

from app.evaluation.config import LoopConfig
from app.scene_files import truth_path, write_text_whole
from stream.errors import StreamError
from stream.sources.opening import open_source
from stream.video_writer import VideoWriter

LOOP = "loop"
"""Scene and look of a looped video, by which reports break down."""


def loop_missing(config: LoopConfig, folder: Path) -> None:
    """Write loop_<name>.mp4 for every video into a folder, with its truth; what is there is left as it is.

    Raises:
        ValueError: a video cannot be read.
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    missing = [video for video in config.videos if not truth_path(_loop_of(video, folder)).is_file()]
    with Progress(disable=not missing) as progress:
        for video in progress.track(missing, description="loops"):
            try:
                _write_loop(video, _loop_of(video, folder), config)
            except StreamError as error:
                raise ValueError(f"{video}: cannot be looped: {error}") from error


def _loop_of(video: Path, folder: Path) -> Path:
    return folder / f"{LOOP}_{video.stem}.mp4"


def _write_loop(video: Path, loop: Path, config: LoopConfig) -> None:
    frames, frame_rate_hz = _read(video, config.short_side)
    height, width = frames[0].shape[:2]
    num_frames = round(config.minutes * 60 * frame_rate_hz)
    with VideoWriter(loop, width=width, height=height, frame_rate_hz=frame_rate_hz, quality=None) as writer:
        for frame in islice(_again_and_again(frames), num_frames):
            writer.write(frame)
        truth = {
            "scene": LOOP,
            "look": LOOP,
            "duration_seconds": num_frames / frame_rate_hz,
            "frame_rate_hz": frame_rate_hz,
            "width": width,
            "height": height,
            "events": [],
        }
        write_text_whole(truth_path(loop), json.dumps(truth, indent=2) + "\n")


def _read(video: Path, short_side: int) -> tuple[list[np.ndarray], float]:
    """Return the frames of a short video, small, of even height and width, and how many a second there are."""
    frames: list[np.ndarray] = []
    times: list[float] = []
    with open_source(str(video)) as reader:
        for frame in reader:
            height, width = frame.size_for_short_side(short_side)
            frames.append(frame.to_rgb(height - height % 2, width - width % 2))
            times.append(frame.pts_seconds if frame.pts_seconds is not None else float("nan"))
    seconds = float(np.nanmax(times) - np.nanmin(times)) if len(times) > 1 else 0.0
    if not seconds:
        raise StreamError(f"at least two frames with times are required, found {len(frames)}")
    return frames, round((len(frames) - 1) / seconds, 2)


def _again_and_again(frames: list[np.ndarray]) -> Iterator[np.ndarray]:
    return chain.from_iterable(repeat(frames))
