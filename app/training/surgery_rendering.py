"""Renders the operations of a training run in processes of their own.

`python -m app.training.surgery_rendering < JOB` is one such process; it never imports torch.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from app.scene_files import write_scene
from models.simulation.surgery.operation import SurgeryScene
from models.training.surgery.config import OperationPart, OperationsConfig
from stream.errors import StreamError

QUALITIES = range(20, 31)
"""Constant rate factors of the encoder; every operation gets one of them by its seed."""
POLL_SECONDS = 0.5


@dataclass(frozen=True)
class OperationTask:
    """One operation to render, at the one frame a second that the model reads."""

    path: str
    seed: int
    duration_seconds: float | None
    width: int
    height: int

    def run(self) -> None:
        """Render the operation, encoded as a recorder's video would be."""
        scene = SurgeryScene(self.seed, duration_seconds=self.duration_seconds, height=self.height, width=self.width)
        write_scene(scene, Path(self.path), quality=QUALITIES[self.seed % len(QUALITIES)])


def render_operations(
    operations: OperationsConfig, folder: Path, *, num_processes: int, on_progress: Callable[[int, int], None]
) -> None:
    """Render every operation of the run that is not in the folder yet.

    Raises:
        StreamError: a process failed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tasks = [task for part in operations.parts for task in _tasks(part, operations, folder)]
    missing = [task for task in tasks if not Path(task.path).exists()]
    shares = [missing[start::num_processes] for start in range(num_processes)]
    processes = [_start(share) for share in shares if share]
    try:
        while any(process.poll() is None for process in processes):
            on_progress(sum(Path(task.path).exists() for task in tasks), len(tasks))
            time.sleep(POLL_SECONDS)
    finally:
        for process in processes:
            if process.poll() is None:
                process.kill()
    absent = [task.seed for task in tasks if not Path(task.path).exists()]
    if absent:
        raise StreamError(f"{len(absent)} operations were not rendered, the first of seed {absent[0]}; see above")
    on_progress(len(tasks), len(tasks))


def videos_of(part: OperationPart, folder: Path) -> list[Path]:
    """Return the rendered videos of a part in the order of their seeds."""
    return [folder / f"surgery_{seed}.mp4" for seed in part.seeds]


def _tasks(part: OperationPart, operations: OperationsConfig, folder: Path) -> list[OperationTask]:
    sizes = operations.sizes
    return [
        OperationTask(str(video), seed, _duration(part, seed), *sizes[seed % len(sizes)])
        for seed, video in zip(part.seeds, videos_of(part, folder), strict=True)
    ]


def _duration(part: OperationPart, seed: int) -> float | None:
    if part.hours is None:
        return None
    return float(round(np.random.default_rng(seed).uniform(*part.hours) * 3600))


def _start(tasks: list[OperationTask]) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "app.training.surgery_rendering"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment)
    if process.stdin:
        process.stdin.write(json.dumps([asdict(task) for task in tasks]).encode())
        process.stdin.close()
    return process


def _main() -> None:
    import cv2

    cv2.setNumThreads(1)
    for record in json.load(sys.stdin):
        OperationTask(**record).run()


if __name__ == "__main__":
    _main()
