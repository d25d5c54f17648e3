"""Reads rendered scenes back, step by step, for the mobility model; what was read is kept for another run."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.scene_files import read_truth
from app.training.file_tasks import FileTask, make_files
from app.training.scene_rendering import scene_videos
from models.mobility import FRAME_RATE_HZ, INPUT_SIZE
from models.training.config import ScenePart
from models.training.mobility.scenes import WatchedScene, watch_frames, watched_scene
from models.training.phases import Show
from models.whole_file import whole_file
from stream.sources.opening import open_source


@dataclass(frozen=True)
class WatchTask(FileTask):
    """One scene to read back; its frames are kept with what the simulator knows of each."""

    video: str

    def run(self) -> None:
        truth, frames = read_truth(Path(self.video)), _read_frames(self.video)
        with whole_file(Path(self.path)) as draft, draft.open("wb") as file:
            np.savez(file, **watch_frames(truth, frames))  # type: ignore[arg-type]


def read_scenes(
    parts: Sequence[ScenePart], scenes: Path, kept: Path, show: Show, *, num_processes: int
) -> list[list[WatchedScene]]:
    """Read the scenes of each part in the order of their seeds, through the same reader as any video.

    Raises:
        StreamError: a video cannot be read.
        ValueError: a video is not as long as its scene.
    """
    tasks = [
        [WatchTask(str(kept / f"{video.stem}.npz"), str(video)) for video in scene_videos("bedside", part, scenes)]
        for part in parts
    ]
    every = [task for part in tasks for task in part]
    make_files(every, kept, num_processes=num_processes, on_progress=show)
    return [[_load(task) for task in part] for part in tasks]


def _load(task: WatchTask) -> WatchedScene:
    with np.load(task.path) as arrays:
        try:
            return watched_scene(read_truth(Path(task.video)), arrays)
        except KeyError as error:
            raise ValueError(
                f"{task.path} was kept by an earlier version: {error.args[0]}; delete {Path(task.path).parent} to read "
                "the videos again"
            ) from error


def _read_frames(video: str) -> np.ndarray:
    """Return one frame a step, uint8 RGB, (T, H, W, 3), none smaller than `INPUT_SIZE` asks for."""
    frames: list[np.ndarray] = []
    with open_source(video) as reader:
        for frame in reader:
            # A frame stands for the step at or after which it comes; clocks are rounded to their ticks.
            if frame.pts_seconds is not None and frame.pts_seconds * FRAME_RATE_HZ > len(frames) - 0.01:
                frames.append(frame.to_rgb(*frame.size_for_short_side(INPUT_SIZE[0])))
    return np.stack(frames)
