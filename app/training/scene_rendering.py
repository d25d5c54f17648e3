"""Renders the bedside scenes of a training run, and finds them again."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.training.rendering import RenderTask, render
from models.simulation.bedside import BedsideScene
from models.training.config import SceneConfig, ScenePart


@dataclass(frozen=True)
class BedsideTask(RenderTask):
    """One scene to render. It runs at the model's own frame rate: no frame is made that no clip would use."""

    duration_seconds: float
    frame_rate_hz: float

    qualities = range(18, 31)

    def scene(self) -> BedsideScene:
        """Return the scene."""
        return BedsideScene(
            self.seed,
            duration_seconds=self.duration_seconds,
            width=self.width,
            height=self.height,
            frame_rate_hz=self.frame_rate_hz,
        )


def render_scenes(
    scenes: SceneConfig,
    folder: Path,
    *,
    frame_rate_hz: float,
    num_processes: int,
    on_progress: Callable[[int, int], None],
) -> None:
    """Render every scene of the run that is not in the folder yet.

    Args:
        on_progress: is told how many scenes are done, of how many.

    Raises:
        StreamError: a process failed.
    """
    tasks = [task for part in scenes.parts for task in _tasks(part, scenes.sizes, folder, frame_rate_hz)]
    render(tasks, folder, num_processes=num_processes, on_progress=on_progress)


def scene_videos(part: ScenePart, folder: Path) -> list[Path]:
    """Return the rendered videos of a part in the order of their seeds."""
    return [folder / f"bedside_{seed}_{part.duration_seconds:g}s.mp4" for seed in part.seeds]


def _tasks(
    part: ScenePart, sizes: tuple[tuple[int, int], ...], folder: Path, frame_rate_hz: float
) -> list[BedsideTask]:
    return [
        BedsideTask(str(video), seed, *sizes[seed % len(sizes)], part.duration_seconds, frame_rate_hz)
        for seed, video in zip(part.seeds, scene_videos(part, folder), strict=True)
    ]
