"""A member of staff: comes to help, runs errands, bends over bed and chair, walks past."""

from dataclasses import dataclass

import numpy as np

from models.simulation import postures
from models.simulation.body import Body
from models.simulation.helping import blocking
from models.simulation.layout import Layout
from models.simulation.routes import find_route, route_length
from models.simulation.track import Track
from models.time_span import TimeSpan, span_at

NEAR_LENS_METRES = 1.5
"""Nobody stays so near to the camera; passing by is another thing."""
TURN_SECONDS = 1.3
"""What turning on the way and at the end adds to a walk, as planned."""


@dataclass(frozen=True, eq=False)
class Grip(TimeSpan):
    """Hands held to something."""

    start_seconds: float
    end_seconds: float
    point: np.ndarray | None
    """Room point (3,); None is the patient's chest."""


class Staff:
    """One member of staff's track; each method appends to it."""

    def __init__(self, body: Body, layout: Layout, rng: np.random.Generator, *, eye: np.ndarray) -> None:
        """`eye`: floor point (2,) below the camera, before which nobody stays for long."""
        self.body, self.layout, self._rng, self._eye = body, layout, rng, eye
        self._speed = float(rng.uniform(0.9, 1.5))
        self._home = layout.outside if rng.random() < 0.5 else self._free_spot()
        first = postures.standing(body, self._home, float(rng.uniform(0, 360)))
        self.track = Track(first, sway=float(rng.uniform(0.6, 1.5)), phase=float(rng.uniform(0, 6)))
        self.grips: list[Grip] = []

    def seconds_to(self, spot: np.ndarray) -> float:
        """Return how long it takes to walk to a floor point (2,) from where the track ends."""
        here = self._here()
        return route_length(here, find_route(self.layout, here, spot)) / self._speed + TURN_SECONDS

    def grip_at(self, seconds: float) -> Grip | None:
        """Return what the hands hold at that time."""
        return span_at(self.grips, seconds)

    def come(self, spot: np.ndarray, facing: np.ndarray) -> None:
        """Walk to a floor point (2,) and face another."""
        self.track.walk(find_route(self.layout, self._here(), spot), self._speed, self.body.height)
        way = facing - self._here()
        self.track.turn(float(np.degrees(np.arctan2(way[1], way[0]))), 1.5)

    def help(self, until: float, bend_degrees: float) -> None:
        """Hold the patient until that time, then straighten up."""
        upright = self.track.pose
        self.grips.append(Grip(self.track.now, until + 0.4, None))
        bent = upright._replace(trunk=bend_degrees, reach=1.0, z=upright.z - 0.03)
        self.track.move(bent, min(0.6, max(until - self.track.now, 0.05)))
        self.track.hold_until(until)
        self.track.move(upright, 0.6)

    def bend_over(self, point: np.ndarray, seconds: float, bend_degrees: float) -> None:
        """Bend down and handle something at a room point (3,)."""
        upright = self.track.pose
        start = self.track.now
        bent = upright._replace(trunk=bend_degrees, reach=1.0, z=upright.z - 0.04)
        self.track.move(bent, 0.8)
        self.track.move(bent._replace(trunk=bend_degrees + self._rng.normal(0, 8)), max(seconds / 2, 0.1))
        self.track.move(bent, max(seconds / 2, 0.1))
        self.track.move(upright, 0.8)
        self.grips.append(Grip(start, self.track.now, point))

    def spend_until(self, until: float, *, is_exit_side_free: bool) -> None:
        """Fill the time with errands as long as there is enough of it, then wait.

        Args:
            is_exit_side_free: False keeps away from where the patient moves.
        """
        while until - self.track.now > 9.0 and self._rng.random() < 0.75:
            if not self._run_errand(until, is_exit_side_free):
                break
        self.track.hold_until(until)

    def _run_errand(self, until: float, is_exit_side_free: bool) -> bool:
        """Walk somewhere and do something there, if it can be done in time."""
        bed, chair = self.layout.bed, self.layout.chair
        side = bed.exit_side if is_exit_side_free and self._rng.random() < 0.5 else -bed.exit_side
        along = float(self._rng.uniform(-0.6, 0.8))
        kind = self._rng.choice(("bed", "bed", "foot", "spot", "home", "chair"))
        if kind == "chair" and is_exit_side_free:
            spot, point = chair.front(0.25, 0.2), chair.place.to_room(0, 0, chair.seat_height + 0.1)
        elif kind == "foot":
            spot, point = bed.place.to_room(bed.length / 2 + 0.35, 0)[:2], bed.place.to_room(0.6, 0, bed.top + 0.1)
        elif kind == "bed":
            spot, point = bed.beside(along, 0.25, side), bed.place.to_room(along, 0.1 * side, bed.top + 0.15)
        else:
            spot = self._home if kind == "home" else self._free_spot()
            point = None
        seconds = float(self._rng.uniform(1.5, 6.0))
        is_reachable = point is None or (bool(self.layout.is_free(spot, 0.05)) and self._is_off_the_lens(spot))
        if not is_reachable or self.track.now + self.seconds_to(spot) + seconds + 2.5 > until:
            return False
        self.come(spot, self._here() + 1.0 if point is None else point[:2])
        if point is None:
            self.track.hold(seconds)
        else:
            self.bend_over(point, seconds, float(self._rng.uniform(20, 60)))
        return True

    def _leaves_view_open(self, spot: np.ndarray) -> bool:
        """Say whether one who waits there hides neither bed nor chair."""
        bed, chair = self.layout.bed, self.layout.chair
        places = (bed.beside(bed.seat, 0.1, bed.exit_side), bed.place.to_room(bed.pelvis, 0)[:2], chair.front(0.1))
        return self._is_off_the_lens(spot) and max(blocking(spot, place, self._eye) for place in places) < 0.4

    def _is_off_the_lens(self, spot: np.ndarray) -> bool:
        return bool(np.linalg.norm(spot - self._eye) > NEAR_LENS_METRES)

    def _here(self) -> np.ndarray:
        return np.array((self.track.pose.x, self.track.pose.y))

    def _free_spot(self) -> np.ndarray:
        """A floor point away from bed and chair, or the door's threshold if none is found."""
        for _ in range(40):
            spot = self._rng.uniform((0.4, 0.4), (self.layout.width - 0.4, self.layout.depth - 0.4))
            if self.layout.is_free(spot, 0.75) and self._leaves_view_open(spot):
                return np.asarray(spot)
        return self.layout.threshold
