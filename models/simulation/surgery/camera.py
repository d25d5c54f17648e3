"""Where the laparoscope looks, from how near, and how steadily it is held."""

from dataclasses import dataclass

import numpy as np

from models.simulation.surgery.anatomy import PIXELS_PER_UNIT, WORLD_SHAPE, Anatomy
from models.simulation.surgery.course import (
    CALOT,
    CLEANING,
    CLIPPING,
    DISSECTION,
    PACKAGING,
    PREPARATION,
    RETRACTION,
)
from models.simulation.surgery.wander import Wander
from models.surgical_phases import PhaseSpan

PLACES = {
    PREPARATION: (0.45, 0.45, 0.95),
    CALOT: (0.05, 0.15, 1.25),
    CLIPPING: (-0.05, 0.05, 1.35),
    DISSECTION: (0.1, 0.85, 1.2),
    PACKAGING: (0.6, 0.6, 0.9),
    CLEANING: (0.5, 0.35, 1.0),
    RETRACTION: (0.9, 1.9, 0.9),
}
"""Where along the gallbladder the camera looks at the start and at the end of each phase, and how near it is."""
SETTLES_SECONDS = 8
BREATHS_A_SECOND = 0.25


@dataclass(frozen=True, eq=False)
class View:
    """How the field is mapped onto the picture."""

    field_to_picture: np.ndarray
    """Affine, (2, 3), pixels to pixels."""
    gloss_to_picture: np.ndarray
    """The same for what shines, which slides over the tissue as the lamp on the camera moves."""
    zoom: float


class Camera:
    """The camera of one operation."""

    def __init__(self, rng: np.random.Generator, course: tuple[PhaseSpan, ...], anatomy: Anatomy) -> None:
        duration = course[-1].end_seconds
        self._anatomy = anatomy
        self._breath = rng.uniform(0.004, 0.014)
        self._roll = rng.normal(0, 0.12)
        self._nearness = rng.uniform(0.88, 1.18)
        self._shake = Wander(rng, duration, period_seconds=1.3, scales=(0.012, 0.012, 0.01, 0.02))
        self._drift = Wander(rng, duration, period_seconds=14.0, scales=(0.1, 0.08, 0.09, 0.06))
        self._seconds = np.arange(int(duration) + 2, dtype=float)
        self._track = np.stack([_settled(values) for values in _wanted(course, self._seconds, rng)])

    def view(self, seconds: float, *, height: int, width: int) -> View:
        """Return the view at a time for a picture of that size."""
        share, nearness = (float(np.interp(seconds, self._seconds, values)) for values in self._track)
        shake, drift = self._shake.at(seconds), self._drift.at(seconds)
        moved = shake + drift
        centre = self._anatomy.site(share) + moved[:2] + self._breathing(seconds)
        zoom = float(nearness * self._nearness * np.exp(moved[2]))
        angle = self._roll + moved[3]
        scale = zoom * height / PIXELS_PER_UNIT
        turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        middle = np.array([WORLD_SHAPE[1] / 2, WORLD_SHAPE[0] / 2]) + centre * PIXELS_PER_UNIT
        offset = np.array([width / 2, height / 2]) - turn @ middle
        slide = turn @ (shake[:2] * 2 + drift[:2]) * PIXELS_PER_UNIT
        return View(np.column_stack([turn, offset]), np.column_stack([turn, offset + slide]), zoom)

    def _breathing(self, seconds: float) -> np.ndarray:
        return np.asarray(np.array([0.3, 1.0]) * self._breath * np.sin(2 * np.pi * BREATHS_A_SECOND * seconds))


def _wanted(
    course: tuple[PhaseSpan, ...], seconds: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return where along the gallbladder one wants to look at each second, and how near."""
    places, nearness = np.zeros_like(seconds), np.ones_like(seconds)
    for span in course:
        within = (seconds >= span.start_seconds) & (seconds <= span.end_seconds)
        first, last, near = PLACES[span.phase]
        share = (seconds[within] - span.start_seconds) / span.duration_seconds
        places[within] = first + (last - first) * share + rng.normal(0, 0.1)
        nearness[within] = near * np.exp(rng.normal(0, 0.08))
    places[seconds > course[-1].end_seconds] = places[seconds <= course[-1].end_seconds][-1]
    return places, nearness


def _settled(values: np.ndarray) -> np.ndarray:
    """Let jumps take some seconds, none of them before the jump."""
    before = np.full(SETTLES_SECONDS - 1, values[0])
    return np.convolve(np.concatenate([before, values]), np.full(SETTLES_SECONDS, 1 / SETTLES_SECONDS), mode="valid")
