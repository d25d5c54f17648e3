"""Simulated scenes as files: a video with its truth beside it."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from stream.video_writer import VideoWriter


class Truth(Protocol):
    """What a scene knows of itself."""

    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def frame_rate_hz(self) -> float: ...
    def to_json(self) -> dict[str, Any]: ...


class Scene(Protocol):
    """A simulated scene, whatever it shows."""

    @property
    def truth(self) -> Truth: ...
    def frames(self) -> Iterator[np.ndarray]: ...


def truth_path(video: Path) -> Path:
    """Return where the truth of a simulated video lies."""
    return video.with_suffix(".json")


def write_scene(
    scene: Scene,
    video: Path,
    *,
    texts: Mapping[str, str] | None = None,
    quality: int | None = None,
    on_frame: Callable[[], None] = lambda: None,
) -> None:
    """Write a scene's video and, just before that gets its name, its truth; after an error neither is there.

    Args:
        texts: further files of the truth, by what their names have behind the video's stem.
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
        for suffix, text in (texts or {}).items():
            _write_whole(video.with_name(f"{video.stem}{suffix}"), text)
        _write_whole(truth_path(video), json.dumps(truth.to_json(), indent=2) + "\n")


def _write_whole(path: Path, text: str) -> None:
    """Write a file that appears under its name only when it is whole."""
    temporary = path.with_name(f".{path.stem}.part{path.suffix}")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
