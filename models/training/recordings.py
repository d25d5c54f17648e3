"""Videos in the form in which training reads them: frames at the model's rate and size, and what is true when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from models.evaluation.events import Span

NONE = "none"
"""First label of a model that must also know when nothing happens."""


@dataclass(frozen=True, eq=False)
class Recording:
    """One video."""

    name: str
    frames: np.ndarray
    """uint8 RGB, shape (N, H, W, 3); may lie on disk (a memory map)."""
    frame_rate_hz: float
    label: str | None = None
    """What the whole of it shows; else `spans` say what goes on when."""
    spans: tuple[Span, ...] = ()
    """On the time of `frames`, 0 at the first."""
    numbers: Mapping[str, float] = field(default_factory=dict)
    group: str = ""
    """What it belongs to: videos of one group are drawn together when intervals are made."""

    @property
    def duration_seconds(self) -> float:
        return len(self.frames) / self.frame_rate_hz

    def labels_at(self, seconds: float) -> frozenset[str]:
        """Return what goes on at that time."""
        if self.label is not None:
            return frozenset({self.label})
        return frozenset(span.label for span in self.spans if span.covers(seconds))

    def seconds_to_border(self, seconds: float) -> float:
        """Return how far the nearest start or end of something is from that time."""
        borders = [border for span in self.spans for border in (span.start_seconds, span.end_seconds)]
        return min((abs(border - seconds) for border in borders), default=float("inf"))


@dataclass(frozen=True, eq=False)
class ClipPlaces:
    """Where the clips of one recording may start, and what each of them should be called."""

    starts: np.ndarray
    """Index of the first frame, int64, (M,)."""
    targets: np.ndarray
    """Index of the label, int64 (M,); with several labels 0 or 1, float32 (M, L); a number, float32 (M, 1)."""


@dataclass(frozen=True)
class Wanted:
    """What is asked of each clip."""

    labels: tuple[str, ...] = ()
    has_several_labels: bool = False
    number: str | None = None
    """Name of what is measured, for regression; then there are no labels."""
    border_seconds: float = 0.0
    """A clip whose centre is this near to a start or end is left out: even people would not agree on it."""

    def target_at(self, recording: Recording, seconds: float) -> np.ndarray | int | None:
        """Return what to say of a clip with that centre, or None where nothing can be asked."""
        if self.number:
            return np.array([recording.numbers[self.number]], np.float32)
        if recording.seconds_to_border(seconds) < self.border_seconds:
            return None
        found = recording.labels_at(seconds)
        if self.has_several_labels:
            return np.array([label in found for label in self.labels], np.float32)
        known = sorted(found & set(self.labels))
        if known:
            return self.labels.index(known[0])
        return 0 if self.labels[0] == NONE else None


def clip_places(recording: Recording, wanted: Wanted, *, num_frames: int, stride_frames: int = 1) -> ClipPlaces:
    """Return the clips of a recording that have something to say; one that is too short has a single clip."""
    starts, targets = [], []
    for start in range(0, max(len(recording.frames) - num_frames, 0) + 1, stride_frames):
        target = wanted.target_at(recording, (start + num_frames / 2) / recording.frame_rate_hz)
        if target is not None:
            starts.append(start)
            targets.append(target)
    kind = np.float32 if wanted.number or wanted.has_several_labels else np.int64
    return ClipPlaces(np.array(starts, np.int64), np.array(targets, kind))


def frames_of_clip(frames: np.ndarray, indices: np.ndarray | Sequence[int]) -> np.ndarray:
    """Return frames by their indices; the first and last stand for those before and after, as in a padded clip."""
    return np.asarray(frames[np.clip(indices, 0, len(frames) - 1)])
