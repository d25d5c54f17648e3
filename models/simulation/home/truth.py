"""What really happens in a scene at home, to the frame."""

from dataclasses import dataclass

from models.simulation.room import RoomTruth
from models.simulation.truth import TrueEvent


@dataclass(frozen=True)
class HomeTruth(RoomTruth):
    """The truth of one scene."""

    events: tuple[TrueEvent, ...]
    """Falls, each from the loss of balance to the rest on the floor."""
    activities: tuple[TrueEvent, ...]
    """Everything the resident does, falls included: fall, walking, standing, sitting, other."""
    look_alikes: tuple[TrueEvent, ...] = ()


def cut_at(duration_seconds: float, events: list[TrueEvent]) -> tuple[TrueEvent, ...]:
    """Return as much of the events as lies in a scene; nobody helps in them."""
    inside = [event for event in events if event.start_seconds < duration_seconds]
    return tuple(
        TrueEvent(event.label, event.start_seconds, min(event.end_seconds, duration_seconds), 0) for event in inside
    )
