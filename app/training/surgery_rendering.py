"""Renders the operations of a training run, and finds them again."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.training.file_tasks import make_files
from app.training.render_task import RenderTask
from models.simulation.surgery.operation import SurgeryScene
from models.training.surgery.config import OperationPart, OperationsConfig


@dataclass(frozen=True)
class OperationTask(RenderTask):
    """One operation to render, at the one frame a second that the model reads."""

    duration_seconds: float | None

    qualities = range(20, 31)

    def scene(self) -> SurgeryScene:
        """Return the operation."""
        return SurgeryScene(self.seed, duration_seconds=self.duration_seconds, height=self.height, width=self.width)


def render_operations(
    operations: OperationsConfig, folder: Path, *, num_processes: int, on_progress: Callable[[int, int], None]
) -> None:
    """Render every operation of the run that is not in the folder yet.

    Raises:
        StreamError: a process failed.
    """
    tasks = [task for part in operations.parts for task in _tasks(part, operations, folder)]
    make_files(tasks, folder, num_processes=num_processes, on_progress=on_progress)


def videos_of(part: OperationPart, folder: Path) -> list[Path]:
    """Return the rendered videos of a part in the order of their seeds."""
    return [folder / f"surgery_{seed}.mp4" for seed in part.seeds]


def _tasks(part: OperationPart, operations: OperationsConfig, folder: Path) -> list[OperationTask]:
    sizes = operations.sizes
    return [
        OperationTask(str(video), seed, *sizes[seed % len(sizes)], _duration(part, seed))
        for seed, video in zip(part.seeds, videos_of(part, folder), strict=True)
    ]


def _duration(part: OperationPart, seed: int) -> float | None:
    if part.hours is None:
        return None
    return float(round(np.random.default_rng(seed).uniform(*part.hours) * 3600))
