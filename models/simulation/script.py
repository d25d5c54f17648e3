"""What happens in a scene: a patient who moves between bed, chair and door, and staff who help or pass by."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.simulation.helping import helping_spots
from models.simulation.layout import Layout
from models.simulation.patient import Patient
from models.simulation.staff import Staff
from models.simulation.truth import LookAlike, Place, Stay, TrueEvent

CLOSING_SECONDS = 2.0
"""Nothing begins that would not end this long before the scene does."""
LONGEST_ACTIVITY_SECONDS = 11.0
GOAL_CHANCES = {"out_of_bed": (0.72, 0.13, 0.15), "out_of_chair": (0.13, 0.72, 0.15)}
"""Chances of chair, bed and the door, by what the patient did last."""


@dataclass(frozen=True)
class Tempo:
    """How fast a scene's people are and how long they pause."""

    pace: float
    """Factor on the duration of activities."""
    walking_speed: float
    """Of the patient, metres a second."""
    shortest_pause_seconds: float = 4.0
    longest_pause_seconds: float = 13.0


class Director:
    """Lets patient and staff act one scene; afterwards their tracks and the truth are complete."""

    def __init__(
        self,
        layout: Layout,
        patient: Patient,
        staff: list[Staff],
        rng: np.random.Generator,
        *,
        place: Place,
        tempo: Tempo,
        eye: np.ndarray,
    ) -> None:
        """`eye`: floor point (2,) below the camera, whose view the staff leave open as far as they can."""
        self.events: list[TrueEvent] = []
        self.look_alikes: list[LookAlike] = []
        self.presence: list[Stay] = []
        self._layout, self._patient, self._staff, self._rng = layout, patient, staff, rng
        self._place: Place = place
        self._tempo, self._eye = tempo, eye

    def play(self, duration_seconds: float) -> None:
        """Act until the time is over."""
        self._pause()
        while self._is_time_for_more(duration_seconds):
            self._act(duration_seconds)
            self._pause()
        for member in self._staff:
            member.spend_until(duration_seconds, is_exit_side_free=self._place in ("in_bed", "away"))
        self._patient.track.hold_until(duration_seconds)
        self._stay(self._place, duration_seconds)
        self._cut_at(duration_seconds)

    def _act(self, duration_seconds: float) -> None:
        if self._place == "in_bed":
            self._mobilise("out_of_bed", self._patient.leave_bed, "standing")
        elif self._place == "chair":
            self._mobilise("out_of_chair", self._patient.stand_up, "standing")
        else:
            self._go_somewhere(duration_seconds)

    def _go_somewhere(self, duration_seconds: float) -> None:
        """From standing or from outside: walk to the chair, to the bed, or out of the room."""
        goal = self._draw_goal()
        speed = self._tempo.walking_speed * self._rng.uniform(0.85, 1.15)
        if goal == "away":
            self._patient.walk_out(speed)
            self._stay("standing", self._patient.now)
            self._place = "away"
            return
        if self._place == "away":
            self._stay("away", self._patient.now)
            self._place = "standing"
        (self._patient.walk_to_chair if goal == "chair" else self._patient.walk_to_bed)(speed)
        self._hesitate()
        if not self._is_time_for_more(duration_seconds):
            return
        if goal == "chair":
            self._mobilise("into_chair", self._patient.sit_down, "chair")
        else:
            self._mobilise("into_bed", self._patient.enter_bed, "in_bed")

    def _draw_goal(self) -> str:
        """Mostly the other piece of furniture; never straight out again when just come in."""
        last = self.events[-1].label if self.events else ""
        goal = str(self._rng.choice(("chair", "bed", "away"), p=GOAL_CHANCES.get(last, (0.45, 0.55, 0.0))))
        return "bed" if self._place == "away" and goal == "away" else goal

    def _is_time_for_more(self, duration_seconds: float) -> bool:
        """Say whether one more activity, however slow, would end within the scene."""
        needed = LONGEST_ACTIVITY_SECONDS * self._tempo.pace + CLOSING_SECONDS
        return self._patient.now + needed <= duration_seconds

    def _mobilise(self, label: str, perform: Callable[[float], None], arrival: Place) -> None:
        """Gather helpers, let the patient perform, and write down what happened."""
        helpers = self._gather(label)
        start = self._patient.now
        perform(self._tempo.pace * self._rng.uniform(0.85, 1.15) * (1.0 + 0.12 * (len(helpers) > 0)))
        end = self._patient.now
        for helper in helpers:
            helper.help(end, float(self._rng.uniform(8, 32)))
        for member in self._staff:
            if member not in helpers:
                member.spend_until(end, is_exit_side_free=False)
        self.events.append(TrueEvent(label, start, end, len(helpers)))
        if arrival != "standing":
            self._stay("standing", start)
        else:
            self._stay(self._place, end)
        self._place = arrival

    def _gather(self, label: str) -> list[Staff]:
        """Call as many helpers as the scene allows; the patient waits until all are there."""
        count = int(self._rng.integers(len(self._staff) + 1))
        helpers = [self._staff[int(index)] for index in self._rng.permutation(len(self._staff))[:count]]
        spots, facing = helping_spots(self._layout, label, self._eye, self._rng)
        is_calm = self._place in ("in_bed", "chair")
        needed = [helper.track.now + helper.seconds_to(spot) for helper, spot in zip(helpers, spots, strict=False)]
        begin = max([self._patient.now, *needed])
        for helper, spot in zip(helpers, spots, strict=False):
            helper.spend_until(begin - helper.seconds_to(spot) - 3.0, is_exit_side_free=is_calm)
            helper.track.hold_until(begin - helper.seconds_to(spot))
            helper.come(spot, facing)
        begin = max([self._patient.now, *(helper.track.now for helper in helpers)])
        self._patient.track.hold_until(begin)
        for helper in helpers:
            helper.track.hold_until(begin)
        for member in self._staff:
            if member not in helpers:
                member.spend_until(begin, is_exit_side_free=False)
        return helpers

    def _pause(self) -> None:
        """Let time pass, often with something in it that is no mobilisation."""
        if self._place == "standing":
            self._hesitate()
            return
        seconds = self._rng.uniform(self._tempo.shortest_pause_seconds, self._tempo.longest_pause_seconds)
        until = self._patient.now + seconds
        self._patient.track.hold(seconds * self._rng.uniform(0.15, 0.5))
        if self._place == "in_bed":
            self._move_in_bed()
        elif self._place == "chair" and self._rng.random() < 0.6:
            leans = self._rng.choice((True, False))
            self._mark(self._patient.lean_forward_and_back if leans else self._patient.gesture)
        self._patient.track.hold_until(until)

    def _move_in_bed(self) -> None:
        chance = self._rng.random()
        if chance < 0.25:
            self._mark(self._patient.toss)
        elif chance < 0.45:
            self._mark(self._patient.sit_up_and_lie_back)
        elif chance < 0.52:
            self._mark(self._patient.sit_on_edge_and_lie_back)
        elif chance < 0.72 and self._staff:
            self._adjust_bed()

    def _mark(self, perform: Callable[[], None]) -> None:
        """Let the patient do something, and write down what and when."""
        start = self._patient.now
        perform()
        self.look_alikes.append(LookAlike(perform.__name__, start, self._patient.now))

    def _adjust_bed(self) -> None:
        """A member of staff comes, raises or lowers the backrest, and stays bent over the bed meanwhile."""
        member = self._staff[int(self._rng.integers(len(self._staff)))]
        bed = self._layout.bed
        side = self._rng.choice((-1, 1))
        spot = bed.beside(self._rng.uniform(0.2, 0.8), 0.25, side)
        member.come(spot, bed.place.to_room(0.2, 0)[:2])
        self._patient.track.hold_until(member.track.now)
        member.track.hold_until(self._patient.now)
        start, seconds = self._patient.now, float(self._rng.uniform(2.5, 5.0))
        degrees = float(np.clip(self._patient.backrest.value + self._rng.choice((-1, 1)) * 25, 0, 55))
        member.bend_over(bed.place.to_room(0.2, side * 0.4, bed.top), seconds - 1.6 + 0.8, 35.0)
        self._patient.raise_backrest(degrees, seconds)
        self.look_alikes.append(LookAlike("adjust_bed", start, self._patient.now))

    def _hesitate(self) -> None:
        """Stand for a moment."""
        self._patient.track.hold(float(self._rng.uniform(0.6, 3.0)))

    def _stay(self, place: Place, until: float) -> None:
        start = self.presence[-1].end_seconds if self.presence else 0.0
        if until > start:
            self.presence.append(Stay(place, start, until))

    def _cut_at(self, duration_seconds: float) -> None:
        """Nothing in the truth lies beyond the end of the scene."""
        self.look_alikes = [
            LookAlike(item.kind, item.start_seconds, min(item.end_seconds, duration_seconds))
            for item in self.look_alikes
            if item.start_seconds < duration_seconds
        ]
        self.presence = [
            Stay(stay.place, stay.start_seconds, min(stay.end_seconds, duration_seconds))
            for stay in self.presence
            if stay.start_seconds < duration_seconds
        ]
