"""The patient: lying, sitting, standing, and the four ways of going from one to another."""

from collections.abc import Sequence

import numpy as np

from models.simulation import postures
from models.simulation.body import Body, Pose
from models.simulation.eased import EasedValue
from models.simulation.layout import Layout
from models.simulation.routes import find_route
from models.simulation.track import Track

JITTER_DEGREES = 5.0


class Patient:
    """One patient's track, in the order in which things are done; each method appends to it."""

    def __init__(
        self, body: Body, layout: Layout, rng: np.random.Generator, *, place: str, backrest_degrees: float
    ) -> None:
        """`place`: where the patient is at time 0: in_bed, chair or away."""
        self.body, self.layout, self._rng = body, layout, rng
        self.backrest = EasedValue(backrest_degrees)
        self.cover = EasedValue(1.0 if place == "in_bed" and rng.random() < 0.75 else 0.0)
        self._uses_blanket = rng.random() < 0.75
        first = {
            "in_bed": postures.lying(layout.bed, body, backrest_degrees),
            "chair": postures.seated(layout.chair, body),
            "away": postures.standing(body, layout.outside, 90.0),
        }[place]
        self.track = Track(first, sway=float(rng.uniform(0.5, 1.3)), phase=float(rng.uniform(0, 6)))

    @property
    def now(self) -> float:
        return self.track.now

    def leave_bed(self, pace: float) -> None:
        """From lying to standing with the back to the bed; `pace` 1 takes about 6 seconds."""
        bed, body = self.layout.bed, self.body
        self.cover.change(self.now, self.now + 1.8 * pace, 0.0)
        edge, upright = postures.sitting_on_edge(bed, body), postures.beside_bed(bed, body)
        self._perform(
            [
                (postures.sitting_up(bed, body)._replace(trunk=self._rng.uniform(-45, -15)), 1.5),
                (postures.half_turned(bed, body), 1.0),
                (edge, 1.0),
                (edge._replace(trunk=12), self._rng.uniform(0.2, 0.9)),
                (postures.half_risen(edge, upright), 0.9),
                (upright, 0.9),
            ],
            pace,
        )

    def enter_bed(self, pace: float) -> None:
        """From standing beside the bed to lying; `pace` 1 takes about 6 seconds."""
        bed, body = self.layout.bed, self.body
        edge, upright = postures.sitting_on_edge(bed, body), postures.beside_bed(bed, body)
        self._perform(
            [
                (postures.half_risen(edge, upright), 0.9),
                (edge, 0.9),
                (edge._replace(trunk=-4), self._rng.uniform(0.2, 0.9)),
                (postures.half_turned(bed, body), 1.1),
                (postures.sitting_up(bed, body)._replace(trunk=self._rng.uniform(-50, -25)), 0.9),
                (postures.lying(bed, body, self.backrest.value), 1.2),
            ],
            pace,
        )
        if self._uses_blanket:
            self.cover.change(self.now + 0.5, self.now + 2.2, 1.0)

    def sit_down(self, pace: float) -> None:
        """From standing before the chair to leaning back in it; `pace` 1 takes about 4 seconds."""
        chair, body = self.layout.chair, self.body
        low, high = postures.seated(chair, body), postures.before_chair(chair, body)
        self._perform(
            [
                (high._replace(trunk=16, arm_left=-15, arm_right=-15), 0.6),
                (postures.half_risen(low, high)._replace(arm_left=-25, arm_right=-25), 0.9),
                (low._replace(trunk=18), 1.1),
                (low, 1.2),
            ],
            pace,
        )

    def stand_up(self, pace: float) -> None:
        """From leaning back in the chair to standing before it; `pace` 1 takes about 4 seconds."""
        chair, body = self.layout.chair, self.body
        low, high = postures.seated(chair, body), postures.before_chair(chair, body)
        self._perform(
            [
                (postures.leaning_forward(chair, body), 1.2),
                (postures.leaning_forward(chair, body)._replace(trunk=42), self._rng.uniform(0.1, 0.5)),
                (postures.half_risen(low, high), 1.0),
                (high._replace(trunk=10), 0.8),
                (high, 0.5),
            ],
            pace,
        )

    def walk_to_bed(self, speed: float) -> None:
        """Walk to the side of the bed and turn the back to it."""
        self._walk_to(postures.beside_bed(self.layout.bed, self.body), speed)

    def walk_to_chair(self, speed: float) -> None:
        """Walk to the chair and turn the back to it."""
        self._walk_to(postures.before_chair(self.layout.chair, self.body), speed)

    def walk_out(self, speed: float) -> None:
        """Leave the room through the door."""
        self._walk_to(postures.standing(self.body, self.layout.outside, 90.0), speed)

    def toss(self) -> None:
        """Move about in bed without getting up: bend the knees, turn onto a side, or lift an arm."""
        rest = self.track.pose
        side = self._rng.choice((-1, 1))
        restless = (
            rest._replace(thigh_left=130, shin_left=40, thigh_right=115 if self._rng.random() < 0.5 else 92),
            rest._replace(roll=side * self._rng.uniform(30, 70), thigh_left=115, shin_left=60),
            rest._replace(arm_left=self._rng.uniform(60, 150), elbow_left=60, arm_right=40),
        )[int(self._rng.integers(3))]
        self._perform(
            [(restless, 1.3), (restless, self._rng.uniform(0.5, 3)), (rest, 1.3)], self._rng.uniform(0.8, 1.4)
        )

    def sit_up_and_lie_back(self) -> None:
        """Raise the trunk with the legs still in bed, stay, and lie back."""
        rest, raised = self.track.pose, postures.sitting_up(self.layout.bed, self.body)
        raised = raised._replace(trunk=self._rng.uniform(-40, -5))
        self._perform([(raised, 1.6), (raised, self._rng.uniform(1.5, 4.5)), (rest, 1.6)], self._rng.uniform(0.8, 1.3))

    def sit_on_edge_and_lie_back(self) -> None:
        """Turn the legs over the edge, sit there for a while, and lie back."""
        bed, body, rest = self.layout.bed, self.body, self.track.pose
        self.cover.change(self.now, self.now + 1.8, 0.0)
        turned, edge = postures.half_turned(bed, body), postures.sitting_on_edge(bed, body)
        raised = postures.sitting_up(bed, body)
        steps = [(raised, 1.5), (turned, 1.1), (edge, 1.1), (edge, self._rng.uniform(4, 8))]
        self._perform([*steps, (turned, 1.2), (raised._replace(trunk=-40), 1.0), (rest, 1.3)], 1.0)
        if self._uses_blanket:
            self.cover.change(self.now + 0.5, self.now + 2.2, 1.0)

    def lean_forward_and_back(self) -> None:
        """Bend forward in the chair, as if to rise, and lean back again."""
        rest, forward = self.track.pose, postures.leaning_forward(self.layout.chair, self.body)
        forward = forward._replace(trunk=self._rng.uniform(15, 45))
        self._perform([(forward, 1.3), (forward, self._rng.uniform(0.5, 3)), (rest, 1.3)], self._rng.uniform(0.8, 1.3))

    def gesture(self) -> None:
        """Lift a hand or look round, wherever the patient is."""
        rest = self.track.pose
        lifted = rest._replace(arm_right=self._rng.uniform(40, 100), elbow_right=70, nod=rest.nod + 15)
        self._perform([(lifted, 1.0), (lifted, self._rng.uniform(0.3, 2)), (rest, 1.0)], 1.0)

    def raise_backrest(self, degrees: float, seconds: float) -> None:
        """Be raised or lowered by the backrest."""
        self.backrest.change(self.now, self.now + seconds, degrees)
        self.track.move(self.track.pose._replace(trunk=degrees - 90.0), seconds)

    def _walk_to(self, goal: Pose, speed: float) -> None:
        here = np.array((self.track.pose.x, self.track.pose.y))
        route = find_route(self.layout, here, np.array((goal.x, goal.y)))
        upright = postures.standing(self.body, here, self.track.pose.yaw)
        self.track.move(upright, 0.4)
        self.track.walk(route, speed, self.body.height)
        self.track.turn(goal.yaw, speed)
        self.track.move(goal, 0.3)

    def _perform(self, steps: Sequence[tuple[Pose, float]], pace: float) -> None:
        """Go through poses, each a little different every time; the last one exactly."""
        for index, (pose, seconds) in enumerate(steps):
            is_last = index == len(steps) - 1
            self.track.move(pose if is_last else self._vary(pose), seconds * pace * self._rng.uniform(0.8, 1.25))

    def _vary(self, pose: Pose) -> Pose:
        names = ("trunk", "thigh_left", "thigh_right", "shin_left", "shin_right", "arm_left", "arm_right", "nod")
        return pose._replace(**{name: getattr(pose, name) + self._rng.normal(0, JITTER_DEGREES) for name in names})
