"""What really happens in a simulated scene, to the frame."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from models.time_span import TimeSpan, span_at

Place = Literal["in_bed", "chair", "standing", "away"]

ACTIVITIES = ("into_bed", "out_of_bed", "into_chair", "out_of_chair")
LABELS = ("none", *ACTIVITIES)
"""Labels of a bedside model, in the order of its scores."""


@dataclass(frozen=True)
class TrueEvent(TimeSpan):
    """One mobilisation of the patient."""

    label: str
    start_seconds: float
    end_seconds: float
    people: int
    """Members of staff who help; the patient does not count."""


@dataclass(frozen=True)
class LookAlike(TimeSpan):
    """Something that resembles a mobilisation and is none."""

    kind: str
    start_seconds: float
    end_seconds: float


@dataclass(frozen=True)
class Stay(TimeSpan):
    """Where the patient is for a while; the stays of a scene follow each other without gap."""

    place: Place
    start_seconds: float
    end_seconds: float


@dataclass(frozen=True)
class SceneTruth:
    """The truth of one scene."""

    scene: str
    seed: int
    duration_seconds: float
    frame_rate_hz: float
    width: int
    height: int
    look: str
    num_staff: int
    events: tuple[TrueEvent, ...]
    look_alikes: tuple[LookAlike, ...]
    presence: tuple[Stay, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the truth as plain JSON values."""
        return asdict(self)

    def label_at(self, seconds: float) -> str:
        """Return the activity at that time, or none."""
        event = span_at(self.events, seconds)
        return event.label if event else LABELS[0]
