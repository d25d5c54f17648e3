"""Who is where in a bedside scene, step by step: the truth for models that answer at every moment."""

import math
from dataclasses import dataclass

import numpy as np

from models.simulation.bedside import BedsideScene
from models.simulation.patient import Patient
from models.simulation.staff import Staff
from models.simulation.truth import ACTIVITIES, Place
from models.time_span import span_at

PLACES: tuple[Place, ...] = ("in_bed", "chair", "standing", "away")
MAX_PEOPLE = 4
"""The patient and at most three members of staff."""
ROUNDING_STEPS = 1e-6
"""By so little may a product of seconds and rate be off a whole number."""


@dataclass(frozen=True, eq=False)
class DenseTruth:
    """What is true at each of T steps of a scene."""

    activities: np.ndarray
    """bool, (T, 4): which activities go on, in the order of `ACTIVITIES`."""
    people: np.ndarray
    """int8, (T,): members of staff who take part in the activity; -1 where there is none."""
    places: np.ndarray
    """int8, (T,): where the patient is, as index into `PLACES`."""
    is_staff_present: np.ndarray
    """bool, (T,): somebody of the staff is in the room and in the picture."""
    is_patient_alone: np.ndarray
    """bool, (T,): the patient is in the room, and nobody of the staff is."""
    chests: np.ndarray
    """float32, (T, 4, 2): where the chests of the patient and of the staff fall on the picture, as shares of its width
    and height; not a number for who is out of the picture or the room."""
    is_helping: np.ndarray
    """bool, (T, 4): whose hands hold the patient, in the order of `chests`."""


class WatchedBedside(BedsideScene):
    """The same scene as a `BedsideScene` of the same seed, with the whereabouts of its people."""

    def dense_truth(self, *, rate_hz: float) -> DenseTruth:
        """Return what is true at the times k / rate_hz before the end of the scene."""
        num_steps = math.ceil(self.truth.duration_seconds * rate_hz - ROUNDING_STEPS)
        times = np.arange(num_steps) / rate_hz
        chests = np.stack([self._chests(float(seconds)) for seconds in times])
        places = np.array([PLACES.index(self._place_at(float(seconds))) for seconds in times], np.int8)
        is_staff_present = np.isfinite(chests[:, 1:, 0]).any(axis=1)
        is_patient_here = places != PLACES.index("away")
        activities, people = self._activities(times)
        is_helping = np.stack([self._helping(float(seconds)) for seconds in times])
        is_alone = is_patient_here & ~is_staff_present
        return DenseTruth(activities, people, places, is_staff_present, is_alone, chests, is_helping)

    def _activities(self, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        activities = np.zeros((len(times), len(ACTIVITIES)), bool)
        people = np.full(len(times), -1, np.int8)
        for event in self.truth.events:
            goes_on = (times >= event.start_seconds) & (times < event.end_seconds)
            activities[goes_on, ACTIVITIES.index(event.label)] = True
            people[goes_on] = event.people
        return activities, people

    def _place_at(self, seconds: float) -> Place:
        stay = span_at(self.truth.presence, seconds) or self.truth.presence[-1]
        return stay.place

    def _chests(self, seconds: float) -> np.ndarray:
        people: list[Patient | Staff] = [self._patient, *self._staff]
        chests = np.stack([person.body.chest(person.track.pose_at(seconds)) for person in people])  # (P, 3)
        room = np.array((self._layout.width, self._layout.depth))
        is_seen = ((chests[:, :2] > 0) & (chests[:, :2] < room)).all(axis=1) & self._camera.is_in_view(chests)
        size = np.array((self._camera.width, self._camera.height))
        shares = np.full((MAX_PEOPLE, 2), np.nan, np.float32)
        shares[: len(people)] = np.where(is_seen[:, None], self._camera.project(chests) / size, np.nan)
        return shares

    def _helping(self, seconds: float) -> np.ndarray:
        """Say of the patient, who never does, and of each of the staff whether their hands hold the patient."""
        grips = [member.grip_at(seconds) for member in self._staff]
        holds = [False, *(grip is not None and grip.point is None for grip in grips)]
        return np.array(holds + [False] * (MAX_PEOPLE - len(holds)))
