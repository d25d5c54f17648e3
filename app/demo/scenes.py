"""The demo's cameras: simulated bedside scenes, rendered to files and served over real RTSP."""

import itertools
import os
import random
import select
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.scene_files import read_truth, spans_of
from models.evaluation.events import Span
from models.simulation.bedside import BedsideScene

FIRST_UNSEEN_SEED = 1_000_000
"""Training, validation and test scenes all have smaller seeds."""
MIN_EVENTS = 4
LOOKS = ("rgb", "depth")
"""A colour camera and a depth camera."""
SCENE_SECONDS = 120.0
POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Scene:
    """A rendered scene and what truly happens in it."""

    source_id: str
    seed: int
    path: Path
    duration_seconds: float
    events: tuple[Span, ...]


def draw_seeds(num_scenes: int, seconds: float | None) -> list[int]:
    """Draw seeds outside training; for a bounded run, such that enough happens within its time.

    Raises:
        ValueError: no drawn scripts hold enough events; the time is too short.
    """
    generator = random.SystemRandom()
    for _ in range(200):
        seeds = [generator.randrange(FIRST_UNSEEN_SEED, 2**31) for _ in range(num_scenes)]
        if seconds is None:
            return seeds
        if sum(_num_events(seed, seconds) for seed in seeds) >= MIN_EVENTS + num_scenes:
            return seeds
    raise ValueError(
        f"--seconds must leave time for at least {MIN_EVENTS} events, got {seconds:g}; 90 or more is enough"
    )


def render(
    seeds: list[int], folder: Path, duration_seconds: float, should_stop: Callable[[float], bool]
) -> list[Scene]:
    """Render one scene a seed, side by side, each in a process of its own.

    Args:
        seeds: of the scenes.
        folder: where the videos and their truth go.
        duration_seconds: of each scene.
        should_stop: waits that many seconds, less when asked to stop; returns whether to stop.

    Returns:
        The scenes; none when asked to stop.

    Raises:
        ValueError: a scene could not be rendered; the message holds what the simulator said.
    """
    paths = [folder / f"bed{index + 1}.mp4" for index in range(len(seeds))]
    children = [
        _start_rendering(seed, path, duration_seconds, look)
        for seed, path, look in zip(seeds, paths, itertools.cycle(LOOKS), strict=False)
    ]
    try:
        while any(child.poll() is None for child in children):
            if should_stop(POLL_SECONDS):
                return []
        for child, path in zip(children, paths, strict=True):
            if child.returncode:
                said = path.with_suffix(".log").read_text(encoding="utf-8").strip()
                raise ValueError(f"the scene {path.name} could not be rendered: {said[-500:]}")
    finally:
        for child in children:
            child.kill()
            child.wait()
    return [_scene(path, seed, duration_seconds) for seed, path in zip(seeds, paths, strict=True)]


def _start_rendering(seed: int, path: Path, duration_seconds: float, look: str) -> subprocess.Popen[bytes]:
    with path.with_suffix(".log").open("wb") as log:
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "stream.tied_process", str(os.getpid()), sys.executable, "-m", "app.cli"),
                *("simulate", "bedside", str(path), "--seed", str(seed), "--look", look),
                *("--duration-seconds", str(duration_seconds)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


class Camera:
    """A virtual camera: a child process that plays a file in a loop as a real RTSP server on 127.0.0.1."""

    def __init__(self, scene: Scene, log_path: Path) -> None:
        self.scene = scene
        with log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "stream.tied_process", str(os.getpid()), sys.executable),
                    *("-m", "stream.sources.virtual_camera", str(scene.path)),
                    *("--port", "0", "--path", scene.source_id),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        self.url = self._address(log_path)
        self.playing_since_at: float | None = None
        """Wall time at which the scene's first frame was played, once known."""

    def is_playing(self) -> bool:
        """Whether the first client has asked for the scene, and it began."""
        stdout = self._process.stdout
        if self.playing_since_at is None and stdout is not None and select.select([stdout], [], [], 0)[0]:
            self.playing_since_at = float(stdout.readline().removeprefix("playing since ") or "nan")
        return self.playing_since_at is not None

    def _address(self, log_path: Path) -> str:
        line = self._process.stdout.readline().strip() if self._process.stdout else ""
        if not line.startswith("rtsp://"):
            raise ValueError(f"the virtual camera of {self.scene.path.name} did not start; see {log_path}")
        return line

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(2.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _num_events(seed: int, seconds: float) -> int:
    # The first seconds pass before the first clip is whole; an event too near the end has no time to be seen.
    truth = BedsideScene(seed, duration_seconds=seconds).truth
    return sum(event.start_seconds >= 2.0 and event.end_seconds <= seconds - 6.0 for event in truth.events)


def _scene(path: Path, seed: int, duration_seconds: float) -> Scene:
    return Scene(path.stem, seed, path, duration_seconds, spans_of(read_truth(path)["events"]))
