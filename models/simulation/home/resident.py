"""Somebody at home: walks about, sits, bends, crouches, kneels, lies down on purpose, gets up again, and may fall."""

from collections.abc import Callable

import numpy as np

from models.simulation import postures
from models.simulation.body import Body, Pose
from models.simulation.home import postures as floor
from models.simulation.home.falling import Fall
from models.simulation.layout import Layout
from models.simulation.routes import find_route
from models.simulation.track import Track
from models.simulation.truth import TrueEvent

FREE_METRES = 0.35
"""Between furniture and a spot at which something is done."""


class Resident:
    """One person's track with what is true of it; each method appends to both, from standing to standing or lying."""

    def __init__(self, body: Body, layout: Layout, rng: np.random.Generator, spot: np.ndarray) -> None:
        """`spot`: floor point (2,) at which the person stands at time 0."""
        self.body, self.events = body, list[TrueEvent]()
        self._layout, self._rng = layout, rng
        first = postures.standing(body, spot, float(rng.uniform(0, 360)))
        self.track = Track(first, sway=float(rng.uniform(0.4, 1.6)), phase=float(rng.uniform(0, 6)))

    @property
    def now(self) -> float:
        return self.track.now

    @property
    def fall_at_seconds(self) -> float | None:
        """When the first fall begins, if there is one."""
        return next((event.start_seconds for event in self.events if event.label == "fall"), None)

    def stand(self) -> None:
        """Stand about, with a gesture or two."""
        begin = self.now
        for _ in range(int(self._rng.integers(1, 3))):
            rest = self.track.pose
            lifted = rest._replace(arm_right=self._rng.uniform(30, 130), elbow_right=80, nod=15)
            self.track.move(lifted, self._rng.uniform(0.4, 1.2))
            self.track.hold(self._rng.uniform(0.2, 1.5))
            self.track.move(rest, self._rng.uniform(0.4, 1.2))
        self._tell("standing", begin)

    def walk(self) -> None:
        """Walk to some free spot."""
        self._walk_to(self._free_spot())

    def walk_off(self) -> None:
        """Leave the room, and come back after a while."""
        self._walk_to(self._layout.outside)
        self.track.hold(self._rng.uniform(0.5, 3))
        self.walk()

    def bend(self) -> None:
        """Pick something up from the floor, or tie a shoe, and straighten up."""
        begin, upright = self.now, self.track.pose
        down, up = self._rng.uniform(0.5, 1.4, 2)
        lows = (floor.bending(self.body, upright, self._rng.uniform(70, 110)), floor.crouching(self.body, upright))
        low = lows[int(self._rng.integers(2))]
        self.track.move(low, down)
        self.track.hold(self._rng.uniform(0.0, 2.5))
        self.track.move(upright, up)
        self._tell("other", begin)

    def squat(self) -> None:
        """Go down and up a few times."""
        begin, upright = self.now, self.track.pose
        for _ in range(int(self._rng.integers(1, 5))):
            self.track.move(floor.crouching(self.body, upright), self._rng.uniform(0.5, 1.0))
            self.track.hold(self._rng.uniform(0, 0.6))
            self.track.move(upright, self._rng.uniform(0.5, 1.0))
        self._tell("other", begin)

    def kneel(self) -> None:
        """Kneel for a while."""
        begin, upright = self.now, self.track.pose
        self.track.move(floor.kneeling(self.body, upright), self._rng.uniform(0.9, 1.8))
        self.track.move(floor.kneeling(self.body, upright)._replace(trunk=40), self._rng.uniform(0.6, 2))
        self.track.hold(self._rng.uniform(0.5, 3))
        self.track.move(upright, self._rng.uniform(0.9, 2.0))
        self._tell("other", begin)

    def sit_on_chair(self) -> None:
        """Sit down, slowly or with a plump, stay, and stand up again."""
        chair, body, rng = self._layout.chair, self.body, self._rng
        low, high = postures.seated(chair, body), postures.before_chair(chair, body)
        self._sit(low, high, quickest=0.35)
        self._linger()
        self.track.move(low._replace(trunk=35), rng.uniform(0.5, 1.0))
        self.track.move(high, rng.uniform(0.8, 1.6))

    def fall_off_chair(self) -> None:
        """Sit down, stay, and fall off."""
        chair, body = self._layout.chair, self.body
        self._sit(postures.seated(chair, body), postures.before_chair(chair, body), quickest=0.5)
        self._linger()
        self._fall(Fall.out_of_chair)

    def sit_on_bed(self) -> None:
        """Sit on the edge of the bed, and stand up again."""
        bed, body = self._layout.bed, self.body
        low, high = postures.sitting_on_edge(bed, body), postures.beside_bed(bed, body)
        self._sit(low, high, quickest=0.35)
        self._linger()
        self.track.move(high, self._rng.uniform(0.8, 1.6))

    def lie_down_in_bed(self) -> None:
        """Sit on the edge, lie down on purpose, at whatever speed, and stay."""
        bed, body, rng = self._layout.bed, self.body, self._rng
        self._sit(postures.sitting_on_edge(bed, body), postures.beside_bed(bed, body), quickest=0.4)
        self.track.hold(rng.uniform(0.2, 3))
        begin = self.now
        if rng.random() < 0.7:
            self.track.move(postures.half_turned(bed, body), rng.uniform(0.6, 1.5))
            self.track.move(postures.lying(bed, body, 0.0), rng.uniform(0.8, 1.8))
        else:
            self.track.move(floor.across_bed(bed, body), rng.uniform(1.2, 2.5))
        self.track.hold(rng.uniform(2, 6))
        self._tell("other", begin)

    def fall_out_of_bed(self) -> None:
        """Lie down in bed, and fall out of it."""
        self.lie_down_in_bed()
        self._fall(Fall.out_of_bed)

    def get_out_of_bed(self) -> None:
        """From lying in bed to standing beside it."""
        bed, body, rng, begin = self._layout.bed, self.body, self._rng, self.now
        low, high = postures.sitting_on_edge(bed, body), postures.beside_bed(bed, body)
        self.track.move(low, rng.uniform(1.2, 3))
        self.track.move(postures.half_risen(low, high), rng.uniform(0.6, 1.2))
        self.track.move(high, rng.uniform(0.5, 1.0))
        self._tell("other", begin)

    def sit_on_floor(self) -> None:
        """Sit down on the floor on purpose; sometimes lie down there, slowly; get up again."""
        begin, upright, rng = self.now, self.track.pose, self._rng
        self.track.move(floor.crouching(self.body, upright), rng.uniform(0.8, 1.6))
        self.track.move(floor.sitting_on_floor(self.body, upright), rng.uniform(0.7, 1.5))
        self.track.hold(rng.uniform(1.5, 5))
        if rng.random() < 0.4:
            self.track.move(floor.lying_on_back(self.body, upright), rng.uniform(2.0, 4.0))
            self.track.hold(rng.uniform(2, 5))
        self._tell("other", begin)
        self.get_up(upright)

    def fall(self) -> None:
        """Fall from standing, after a step or two or out of a walk."""
        if self._rng.random() < 0.5:
            self.walk()
        self._fall(Fall.to_the_floor)

    def fall_onto_bed(self) -> None:
        """Stand with the back to the bed, and fall across it."""
        self._approach(postures.beside_bed(self._layout.bed, self.body))
        self.track.hold(self._rng.uniform(0.3, 2.5))
        self._fall(Fall.onto_bed)

    def lie_still(self, seconds: float) -> None:
        """Stay as one lies; a limb may move now and then."""
        begin = self.now
        while self.now - begin < seconds:
            self.track.hold(self._rng.uniform(0.8, 3.0))
            if self._rng.random() < 0.35:
                rest = self.track.pose
                self.track.move(rest._replace(arm_right=rest.arm_right + self._rng.normal(0, 30)), 0.8)
        self._tell("other", begin)

    def get_up(self, upright: Pose | None = None) -> None:
        """From the floor to standing, over the knees."""
        begin, here, rng = self.now, self.track.pose, self._rng
        standing = upright or postures.standing(self.body, np.array((here.x, here.y)), here.yaw)
        self.track.move(floor.sitting_on_floor(self.body, standing), rng.uniform(1.0, 2.2))
        self.track.move(floor.kneeling(self.body, standing), rng.uniform(0.8, 2.0))
        self.track.move(standing, rng.uniform(0.9, 2.0))
        self._tell("other", begin)

    def _fall(self, way: Callable[[Fall], None]) -> None:
        begin = self.now
        way(Fall(self.track, self.body, self._layout, self._rng))
        self._tell("fall", begin)

    def _sit(self, low: Pose, high: Pose, *, quickest: float) -> None:
        """Go to where one stands before sitting, and sit down; `quickest`: half of what it takes at least, seconds."""
        self._approach(high)
        begin, seconds = self.now, self._rng.uniform(quickest, 1.0)
        if self._rng.random() < 0.5:  # in one go
            self.track.move(low._replace(trunk=15), 2 * seconds)
        else:
            self.track.move(postures.half_risen(low, high), seconds)
            self.track.move(low._replace(trunk=15), seconds)
        self.track.move(low, 0.6)
        self._tell("other", begin)

    def _linger(self) -> None:
        """Stay seated, with a gesture or two."""
        begin, rest = self.now, self.track.pose
        for _ in range(int(self._rng.integers(1, 4))):
            self.track.hold(self._rng.uniform(0.4, 2))
            lifted = rest._replace(arm_right=self._rng.uniform(30, 110), elbow_right=70, trunk=rest.trunk + 8)
            self.track.move(lifted, self._rng.uniform(0.4, 1))
            self.track.move(rest, self._rng.uniform(0.4, 1))
        self._tell("sitting", begin)

    def _approach(self, goal: Pose) -> None:
        self._walk_to(np.array((goal.x, goal.y)))
        self.track.turn(goal.yaw, 1.0)
        self.track.move(goal, 0.3)

    def _walk_to(self, spot: np.ndarray) -> None:
        begin, here = self.now, np.array((self.track.pose.x, self.track.pose.y))
        upright = postures.standing(self.body, here, self.track.pose.yaw)
        self.track.move(upright, 0.25)
        self.track.walk(find_route(self._layout, here, spot), self._rng.uniform(0.5, 1.4), self.body.height)
        self._tell("walking", begin)

    def _free_spot(self) -> np.ndarray:
        for _ in range(40):
            spot = self._rng.uniform((0.5, 0.5), (self._layout.width - 0.5, self._layout.depth - 0.5))
            if self._layout.is_free(spot, FREE_METRES):
                return np.asarray(spot)
        return self._layout.threshold

    def _tell(self, label: str, begin: float) -> None:
        if self.now > begin:
            self.events.append(TrueEvent(label, float(begin), float(self.now), 0))
