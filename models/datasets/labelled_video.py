"""A video file and what is said of it, whatever the layout of the data set it belongs to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from models.evaluation.events import Span

Part = Literal["train", "validation", "test"]
PARTS: tuple[Part, ...] = ("train", "validation", "test")

VIDEO_SUFFIXES = frozenset({".mp4", ".avi", ".mkv", ".mov", ".m4v", ".ts", ".dcm"})


@dataclass(frozen=True)
class LabelledSpan(Span):
    """Something that goes on for a while in a video, and where that is written."""

    origin: str = ""
    """File and line."""


@dataclass(frozen=True, eq=False)
class Outline:
    """The border of something in one frame."""

    frame_index: int
    """In the video as it is stored, from 0."""
    points: np.ndarray
    """x and y in pixels of the video, float64, shape (N, 2); the last joins the first."""


@dataclass(frozen=True, eq=False)
class LabelledVideo:
    """One video of a data set."""

    name: str
    """What the data set calls it; no two are alike."""
    path: Path
    origin: str
    """File and line that speak of it, or the file itself."""
    part: Part | None = None
    """What it is for, where the data set says so."""
    label: str | None = None
    """What the whole of it shows."""
    spans: tuple[LabelledSpan, ...] | None = None
    """What goes on when, in order of time; None where the data set does not say."""
    numbers: Mapping[str, float] = field(default_factory=dict)
    """What was measured on it, such as ef_percent."""
    outlines: tuple[Outline, ...] = ()
    groups: Mapping[str, str] = field(default_factory=dict)
    """What it belongs to, such as subject and camera."""
    window: tuple[float, float] | None = None
    """Start and end in seconds of the stretch that is meant, where not all of the file is."""


def part_named(text: str) -> Part | None:
    """Return what a data set means by the name of a part, such as "val" or "TRAIN"; None where nothing is known."""
    return _PART_NAMES.get(text.strip().lower())


_PART_NAMES: dict[str, Part] = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "validate", "dev"), "validation"),
    **dict.fromkeys(("test", "testing", "holdout"), "test"),
}
