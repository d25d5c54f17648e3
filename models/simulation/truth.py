"""What really happens in a simulated scene, to the frame."""

from dataclasses import dataclass
from typing import Literal

from models.simulation.room import RoomTruth
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
class SceneTruth(RoomTruth):
    """The truth of one bedside scene."""

    num_staff: int
    events: tuple[TrueEvent, ...]
    look_alikes: tuple[LookAlike, ...]
    presence: tuple[Stay, ...]

    def label_at(self, seconds: float) -> str:
        """Return the activity at that time, or none."""
        event = span_at(self.events, seconds)
        return event.label if event else LABELS[0]
