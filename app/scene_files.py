"""Simulated scenes as files: a video with its truth beside it."""

import json
from collections.abc import Callable
from pathlib import Path

from models.simulation.bedside import BedsideScene
from stream.video_writer import VideoWriter


def truth_path(video: Path) -> Path:
    """Return where the truth of a simulated video lies."""
    return video.with_suffix(".json")


def write_scene(
    scene: BedsideScene, video: Path, *, quality: int | None = None, on_frame: Callable[[], None] = lambda: None
) -> None:
    """Write a scene's video and, just before that gets its name, its truth; after an error neither is there.

    Args:
        quality: constant rate factor of the encoder; None is the writer's own.
        on_frame: is called after every frame.
    """
    truth = scene.truth
    with VideoWriter(
        video, width=truth.width, height=truth.height, frame_rate_hz=truth.frame_rate_hz, quality=quality
    ) as writer:
        for frame in scene.frames():
            writer.write(frame)
            on_frame()
        _write_whole(truth_path(video), json.dumps(truth.to_json(), indent=2) + "\n")


def _write_whole(path: Path, text: str) -> None:
    """Write a file that appears under its name only when it is whole."""
    temporary = path.with_name(f".{path.stem}.part{path.suffix}")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
