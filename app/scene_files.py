"""Simulated scenes as files: a video with its truth beside it."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from models.evaluation.events import Span
from models.whole_file import whole_file
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


def read_truth(video: Path) -> dict[str, Any]:
    """Return the truth of a simulated video.

    Raises:
        ValueError: it is no JSON.
    """
    truth: dict[str, Any] = json.loads(truth_path(video).read_text(encoding="utf-8"))
    return truth


def spans_of(items: Iterable[Mapping[str, Any]], *, label_key: str = "label") -> tuple[Span, ...]:
    """Return items of a truth as spans."""
    return tuple(Span(str(item[label_key]), float(item["start_seconds"]), float(item["end_seconds"])) for item in items)


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
            write_text_whole(video.with_name(f"{video.stem}{suffix}"), text)
        write_text_whole(truth_path(video), json.dumps(truth.to_json(), indent=2) + "\n")


def write_text_whole(path: Path, text: str) -> None:
    """Write a file that appears under its name only when it is whole."""
    with whole_file(path) as draft:
        draft.write_text(text, encoding="utf-8")
