"""The phases and instruments of a laparoscopic cholecystectomy, by the names that Cholec80 gave them.

Source: Twinanda et al., "EndoNet: A Deep Architecture for Recognition Tasks on Laparoscopic Videos", IEEE Transactions
on Medical Imaging 36(1), 2017, arXiv:1602.03012, section IV-A; spelled as in the files of the data set.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from models.time_span import TimeSpan

PHASES = (
    "Preparation",
    "CalotTriangleDissection",
    "ClippingCutting",
    "GallbladderDissection",
    "GallbladderPackaging",
    "CleaningCoagulation",
    "GallbladderRetraction",
)
"""In the order in which most operations go through them."""

TIME_LEFT = "time_left_in_phase"
"""Name of the measurement that goes with each answer of a phase model: seconds until the phase ends."""

TOOLS = ("Grasper", "Bipolar", "Hook", "Scissors", "Clipper", "Irrigator", "SpecimenBag")


@dataclass(frozen=True)
class PhaseSpan(TimeSpan):
    """One phase, once through."""

    phase: str
    start_seconds: float
    end_seconds: float


def spans_of(phases: Sequence[str], starts_seconds: Sequence[float], end_seconds: float) -> tuple[PhaseSpan, ...]:
    """Join neighbours of one phase into spans.

    Args:
        phases: the phase of each step.
        starts_seconds: when each step begins, rising.
        end_seconds: when the last step ends.
    """
    spans: list[PhaseSpan] = []
    ends = [*starts_seconds[1:], end_seconds][: len(phases)]
    for phase, start, end in zip(phases, starts_seconds, ends, strict=True):
        if spans and spans[-1].phase == phase:
            start = spans.pop().start_seconds
        spans.append(PhaseSpan(phase, float(start), float(end)))
    return tuple(spans)
