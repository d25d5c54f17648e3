"""Reads rendered scenes back, step by step, for the mobility model; what was read is kept for another run."""

from pathlib import Path

import numpy as np

from app.scene_files import read_truth
from app.training.scene_rendering import scene_videos
from models.mobility import FRAME_RATE_HZ, INPUT_SIZE
from models.training.config import ScenePart
from models.training.mobility.scenes import WatchedScene, watch_frames, watched_scene
from models.training.phases import Show
from models.training.side_by_side import side_by_side
from models.whole_file import whole_file
from stream.sources.opening import open_source


def read_scenes(part: ScenePart, scenes: Path, kept: Path, show: Show, *, num_threads: int) -> list[WatchedScene]:
    """Read the scenes of a part in the order of their seeds, through the same reader as any video.

    Raises:
        StreamError: a video cannot be read.
        ValueError: a video is not as long as its scene.
    """
    kept.mkdir(parents=True, exist_ok=True)
    videos = scene_videos("bedside", part, scenes)
    return side_by_side(lambda video: _read_scene(video, kept), videos, show, num_threads=num_threads)


def _read_scene(video: Path, kept: Path) -> WatchedScene:
    truth = read_truth(video)
    path = kept / f"{video.stem}.npz"
    if not path.exists():
        with whole_file(path) as draft, draft.open("wb") as file:
            np.savez(file, **watch_frames(truth, _read_frames(video)))  # type: ignore[arg-type]
    with np.load(path) as arrays:
        try:
            return watched_scene(truth, arrays)
        except KeyError as error:
            raise ValueError(
                f"{path} was kept by an earlier version: {error.args[0]}; delete {path.parent} to read the videos again"
            ) from error


def _read_frames(video: Path) -> np.ndarray:
    """Return one frame a step, uint8 RGB, (T, H, W, 3), none smaller than `INPUT_SIZE` asks for."""
    frames: list[np.ndarray] = []
    with open_source(str(video)) as reader:
        for frame in reader:
            # A frame stands for the step at or after which it comes; clocks are rounded to their ticks.
            if frame.pts_seconds is not None and frame.pts_seconds * FRAME_RATE_HZ > len(frames) - 0.01:
                frames.append(frame.to_rgb(*frame.size_for_short_side(INPUT_SIZE[0])))
    return np.stack(frames)
