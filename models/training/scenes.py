"""Frames of one scene with what happens in them, as training and evaluation read it."""

from dataclasses import dataclass

import numpy as np

from models.evaluation.events import Span
from models.time_span import span_at


@dataclass(frozen=True, eq=False)
class LabelledScene:
    """A scene at the model's own frame rate and size."""

    frames: np.ndarray
    """uint8 RGB, shape (N, H, W, 3)."""
    frame_rate_hz: float
    events: tuple[Span, ...]
    """What the model must find; they do not overlap."""
    look_alikes: tuple[Span, ...] = ()
    """What it must not take for that; every one has the label "look_alike"."""
    look: str = ""
    """Kind of sensor, for metrics apart."""

    @property
    def duration_seconds(self) -> float:
        return len(self.frames) / self.frame_rate_hz

    def label_at(self, seconds: float) -> str:
        """Return the label of the event at that time, or none."""
        event = span_at(self.events, seconds)
        return event.label if event else "none"

    def seconds_to_border(self, seconds: float) -> float:
        """Return how far the nearest start or end of an event is from that time."""
        borders = [border for event in self.events for border in (event.start_seconds, event.end_seconds)]
        return min((abs(border - seconds) for border in borders), default=float("inf"))
