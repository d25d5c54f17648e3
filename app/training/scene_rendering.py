"""Renders the scenes of a training run in processes of their own, and reads them back as the running system would.

`python -m app.training.scene_rendering < JOB` is one such process; it never imports torch.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from app.scene_files import truth_path, write_scene
from models.evaluation.events import Span
from models.predictor import ClipSpec
from models.simulation.bedside import BedsideScene
from models.training.config import SceneConfig, ScenePart
from models.training.scenes import LabelledScene
from stream.errors import StreamError
from stream.sources.opening import open_source

QUALITIES = range(18, 31)
"""Constant rate factors of the encoder; every scene gets one of them by its seed."""
POLL_SECONDS = 0.3


@dataclass(frozen=True)
class RenderTask:
    """One scene to render. It runs at the model's own frame rate: no frame is made that no clip would use."""

    path: str
    seed: int
    duration_seconds: float
    width: int
    height: int
    frame_rate_hz: float

    def run(self) -> None:
        """Render the scene, encoded as a camera's video would be."""
        scene = BedsideScene(
            self.seed,
            duration_seconds=self.duration_seconds,
            width=self.width,
            height=self.height,
            frame_rate_hz=self.frame_rate_hz,
        )
        write_scene(scene, Path(self.path), quality=QUALITIES[self.seed % len(QUALITIES)])


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
    folder.mkdir(parents=True, exist_ok=True)
    tasks = [task for part in scenes.parts for task in _tasks(part, scenes.sizes, folder, frame_rate_hz)]
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
        raise StreamError(f"{len(absent)} scenes were not rendered, the first of seed {absent[0]}; see above")
    on_progress(len(tasks), len(tasks))


def scene_videos(part: ScenePart, folder: Path) -> list[Path]:
    """Return the rendered videos of a part in the order of their seeds."""
    return [_video(folder, part, seed) for seed in part.seeds]


def load_scenes(part: ScenePart, folder: Path, spec: ClipSpec, *, num_threads: int) -> list[LabelledScene]:
    """Read rendered scenes in the order of their seeds, through the same reader as any video."""
    with ThreadPoolExecutor(num_threads) as threads:
        return list(threads.map(lambda video: load_scene(video, spec), scene_videos(part, folder)))


def load_scene(video: Path, spec: ClipSpec) -> LabelledScene:
    """Read a video with its truth beside it, at a model's frame rate and size."""
    truth = json.loads(truth_path(video).read_text(encoding="utf-8"))
    frames: list[np.ndarray] = []
    with open_source(str(video)) as reader:
        for frame in reader:
            if frame.pts_seconds is not None and round(frame.pts_seconds * spec.frame_rate_hz) >= len(frames):
                frames.append(frame.to_rgb(*frame.size_for_short_side(spec.short_side)))
    look_alikes = [{**item, "label": "look_alike"} for item in truth["look_alikes"]]
    return LabelledScene(
        np.stack(frames), spec.frame_rate_hz, _spans(truth["events"]), _spans(look_alikes), truth["look"]
    )


def _spans(items: list[dict[str, object]]) -> tuple[Span, ...]:
    return tuple(Span(str(item["label"]), float(item["start_seconds"]), float(item["end_seconds"])) for item in items)  # type: ignore[arg-type]


def _tasks(part: ScenePart, sizes: tuple[tuple[int, int], ...], folder: Path, frame_rate_hz: float) -> list[RenderTask]:
    return [
        RenderTask(
            str(_video(folder, part, seed)), seed, part.duration_seconds, *sizes[seed % len(sizes)], frame_rate_hz
        )
        for seed in part.seeds
    ]


def _video(folder: Path, part: ScenePart, seed: int) -> Path:
    return folder / f"bedside_{seed}_{part.duration_seconds:g}s.mp4"


def _start(tasks: list[RenderTask]) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "app.training.scene_rendering"], stdin=subprocess.PIPE, env=environment
    )
    if process.stdin:
        process.stdin.write(json.dumps([asdict(task) for task in tasks]).encode())
        process.stdin.close()
    return process


def _main() -> None:
    import cv2

    cv2.setNumThreads(1)
    for record in json.load(sys.stdin):
        RenderTask(**record).run()


if __name__ == "__main__":
    _main()
