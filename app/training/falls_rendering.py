"""Renders the scenes of a training run for falls, and finds them again."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.training.rendering import RenderTask, render
from app.training.scene_rendering import BedsideTask
from models.falls.motion import FRAME_RATE_HZ
from models.simulation.home.scene import HomeScene
from models.training.config import SceneConfig, ScenePart
from models.training.falls.config import FallsConfig


@dataclass(frozen=True)
class HomeTask(RenderTask):
    """One scene at home to render, at the model's own frame rate."""

    duration_seconds: float
    frame_rate_hz: float

    qualities = range(18, 31)

    def scene(self) -> HomeScene:
        """Return the scene."""
        return HomeScene(
            self.seed,
            duration_seconds=self.duration_seconds,
            width=self.width,
            height=self.height,
            frame_rate_hz=self.frame_rate_hz,
        )


Task = type[HomeTask] | type[BedsideTask]


def render_falls(config: FallsConfig, folder: Path, on_progress: Callable[[int, int], None]) -> None:
    """Render every scene of the run that is not in the folder yet.

    Raises:
        StreamError: a process failed.
    """
    tasks = [
        *(
            task
            for part in config.home.parts
            for task in _tasks(HomeTask, config.home, part, home_videos(part, folder))
        ),
        *(
            task
            for part in config.bedside.parts
            for task in _tasks(BedsideTask, config.bedside, part, bedside_videos(part, folder))
        ),
    ]
    render(tasks, folder, num_processes=config.threads, on_progress=on_progress)


def home_videos(part: ScenePart, folder: Path) -> list[Path]:
    """Return the rendered videos of a part in the order of their seeds."""
    return [folder / f"home_{seed}_{part.duration_seconds:g}s.mp4" for seed in part.seeds]


def bedside_videos(part: ScenePart, folder: Path) -> list[Path]:
    """Return the rendered videos of a part in the order of their seeds."""
    return [folder / f"bedside_{seed}_{part.duration_seconds:g}s.mp4" for seed in part.seeds]


def _tasks(kind: Task, scenes: SceneConfig, part: ScenePart, videos: list[Path]) -> list[RenderTask]:
    return [
        kind(str(video), seed, *scenes.sizes[seed % len(scenes.sizes)], part.duration_seconds, FRAME_RATE_HZ)
        for seed, video in zip(part.seeds, videos, strict=True)
    ]
