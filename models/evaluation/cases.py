"""One video in an evaluation: what is true of it and what a model said of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from models.evaluation.events import Span


@dataclass(frozen=True, eq=False)
class ClipScores:
    """The scores of the clips of one video, in order of time."""

    labels: tuple[str, ...]
    start_seconds: np.ndarray
    """Media time of each clip's first frame, (M,)."""
    end_seconds: np.ndarray
    """Media time of the end of each clip's last frame, when its scores can first be known, (M,)."""
    scores: np.ndarray
    """In 0..1, (M, num_labels)."""
    is_multi_label: bool = False
    """The labels' scores are independent; else they are one distribution."""

    @property
    def centre_seconds(self) -> np.ndarray:
        return np.asarray((self.start_seconds + self.end_seconds) / 2)


@dataclass(frozen=True)
class TrueSpan(Span):
    """Something that truly went on for a while."""

    people: int | None = None
    """Members of staff who took part, where that is known."""


@dataclass(frozen=True)
class FoundEvent(Span):
    """An event that was reported."""

    known_at_seconds: float | None = None
    """Media time at which it could first be known, where that is recorded."""
    score: float = 1.0
    people: int | None = None


@dataclass(frozen=True, eq=False)
class Truth:
    """What is true of one video."""

    name: str
    """Path within the data set, or whatever else names the video there."""
    location: str = ""
    """Where the video lies; empty when only its truth is known."""
    spans: tuple[TrueSpan, ...] | None = None
    """What went on when; None where that is not known."""
    label: str | None = None
    """What the whole video shows, in data sets of short clips."""
    measurements: Mapping[str, float] = field(default_factory=dict)
    """True numbers by name, such as ef_percent."""
    duration_seconds: float | None = None
    groups: Mapping[str, str] = field(default_factory=dict)
    """What it belongs to, such as camera and subject."""


@dataclass(frozen=True, eq=False)
class Case:
    """The truth of a video beside what one model said of it."""

    truth: Truth
    clips: ClipScores | None = None
    found: tuple[FoundEvent, ...] = ()
    measurements: Mapping[str, float] = field(default_factory=dict)
    is_answered: bool = True
    """The model said something of the video, if only that nothing goes on; else it refused or never saw it."""

    @property
    def duration_seconds(self) -> float:
        """How long the video is: as the truth says, else up to the end of its last clip or event."""
        if self.truth.duration_seconds:
            return self.truth.duration_seconds
        ends = [float(self.clips.end_seconds.max())] if self.clips and len(self.clips.end_seconds) else []
        return max([*ends, *(span.end_seconds for span in (*(self.truth.spans or ()), *self.found))], default=0.0)

    def labels_at(self, seconds: float) -> set[str]:
        """Return what truly goes on at a time."""
        return {span.label for span in self.truth.spans or () if span.covers(seconds)}

    def seconds_to_border(self, seconds: float) -> float:
        """Return how far a time is from the nearest start or end of something true."""
        borders = [time for span in self.truth.spans or () for time in (span.start_seconds, span.end_seconds)]
        return min((abs(seconds - border) for border in borders), default=float("inf"))
