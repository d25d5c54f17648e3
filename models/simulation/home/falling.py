"""How people fall: from standing or walking, out of a chair, out of bed; at once, or over their knees."""

import numpy as np

from models.simulation.body import Body, Pose
from models.simulation.easing import dropping, tumbling
from models.simulation.home import postures as floor
from models.simulation.layout import Layout
from models.simulation.track import Track

JITTER_DEGREES = 9.0


class Fall:
    """Appends a fall to a track.

    Args:
        track: of the person.
        body: of the person.
        layout: of the room.
        rng: draws direction, speed and the way down.
    """

    def __init__(self, track: Track, body: Body, layout: Layout, rng: np.random.Generator) -> None:
        self._track, self._body, self._layout, self._rng = track, body, layout, rng

    def to_the_floor(self) -> None:
        """Fall from standing: forward, backward, to a side or straight down."""
        rng, here = self._rng, self._track.pose
        kind = str(rng.choice(("forward", "backward", "sideways", "down")))
        turn = {"forward": 0.0, "backward": 0.0}.get(kind, float(rng.choice((-1, 1)) * rng.uniform(50, 110)))
        way = {"forward": rng.uniform(0.15, 0.45), "backward": -rng.uniform(0.1, 0.35), "sideways": 0.15, "down": 0.0}
        lying = self._lying(self._moved(here, way[kind] * self._body.height, turn), kind)
        self._go_down(kind, lying)

    def out_of_chair(self) -> None:
        """Slip or tip off the seat on which one sits."""
        here = self._track.pose
        kind = "backward" if self._rng.random() < 0.4 else "forward"
        spot = self._moved(here, 0.3 * self._body.height, float(self._rng.normal(0, 35)))
        self._drop(self._lying(spot, kind), self._rng.uniform(0.55, 1.1))

    def out_of_bed(self) -> None:
        """Roll over the edge of the bed in which one lies."""
        bed, here = self._layout.bed, self._track.pose
        edge = bed.place.to_room(bed.pelvis, bed.exit_side * (bed.width / 2 - 0.1))
        rolled = here._replace(x=float(edge[0]), y=float(edge[1]), roll=60.0 * bed.exit_side)
        self._track.move(rolled, self._rng.uniform(0.5, 1.2))
        spot = bed.beside(bed.pelvis, self._rng.uniform(0.2, 0.4), bed.exit_side)
        lying = floor.lying_on_side(self._body, here._replace(x=float(spot[0]), y=float(spot[1])), bed.exit_side)
        self._drop(self._vary(lying), self._rng.uniform(0.4, 0.7))

    def onto_bed(self) -> None:
        """Fall backward across the bed before which one stands."""
        self._drop(self._vary(floor.across_bed(self._layout.bed, self._body)), self._rng.uniform(0.5, 0.9))

    def _go_down(self, kind: str, lying: Pose) -> None:
        """At once like a plank, or over the knees or the seat, as those do who try to hold themselves."""
        rng, here = self._rng, self._track.pose
        if rng.random() < 0.35:
            self._drop(lying, rng.uniform(0.55, 1.0))
            return
        halfway = here._replace(x=here.x + 0.5 * (lying.x - here.x), y=here.y + 0.5 * (lying.y - here.y), yaw=lying.yaw)
        low = {"forward": floor.kneeling, "backward": floor.sitting_on_floor}.get(kind, floor.crouching)
        passed = low(self._body, halfway)._replace(arm_left=60, arm_right=50, arms_apart=40)
        self._track.move(self._vary(passed), rng.uniform(0.4, 0.9), ease=dropping)
        if rng.random() < 0.3:
            self._track.hold(rng.uniform(0.05, 0.5))
        self._track.move(self._vary(lying), rng.uniform(0.35, 1.2), ease=tumbling)
        self._settle()

    def _drop(self, lying: Pose, seconds: float) -> None:
        self._track.move(self._vary(lying), seconds, ease=dropping)
        self._settle()

    def _settle(self) -> None:
        """Limbs come to rest."""
        self._track.move(self._vary(self._track.pose), self._rng.uniform(0.15, 0.5), ease=tumbling)

    def _lying(self, at: Pose, kind: str) -> Pose:
        if kind == "forward":
            return floor.lying_on_front(self._body, at)
        if kind == "backward":
            return floor.lying_on_back(self._body, at)
        options = (floor.lying_on_front, floor.lying_on_back)
        if self._rng.random() < 0.5:
            return floor.lying_on_side(self._body, at, int(self._rng.choice((-1, 1))))
        return options[int(self._rng.integers(2))](self._body, at)

    def _moved(self, pose: Pose, metres: float, turn_degrees: float) -> Pose:
        yaw = np.radians(pose.yaw)
        x, y = pose.x + metres * np.cos(yaw), pose.y + metres * np.sin(yaw)
        return pose._replace(x=float(x), y=float(y), yaw=pose.yaw + turn_degrees)

    def _vary(self, pose: Pose) -> Pose:
        names = ("thigh_left", "thigh_right", "shin_left", "shin_right", "arm_left", "arm_right", "arms_apart", "nod")
        return pose._replace(**{name: getattr(pose, name) + self._rng.normal(0, JITTER_DEGREES) for name in names})
