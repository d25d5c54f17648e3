"""What a person does over time: poses joined by smooth movements and walks."""

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from models.simulation.body import Pose, blend
from models.simulation.easing import Ease, smooth
from models.time_span import TimeSpan


@dataclass(frozen=True)
class Movement(TimeSpan):
    """One person goes from a pose to another."""

    start_seconds: float
    end_seconds: float
    first: Pose
    last: Pose
    num_steps: float = 0.0
    """Double steps taken on the way; 0 unless walking."""
    ease: Ease = smooth
    """How the way is covered, unless walking."""

    def pose_at(self, seconds: float) -> Pose:
        share = min(max((seconds - self.start_seconds) / max(self.duration_seconds, 1e-6), 0.0), 1.0)
        if self.num_steps == 0:
            return blend(self.first, self.last, self.ease(share))
        return _with_gait(blend(self.first, self.last, share), 2 * np.pi * share * self.num_steps)


class Track:
    """The movements of one person, appended one after the other from time 0."""

    def __init__(self, pose: Pose, sway: float, phase: float) -> None:
        """`sway`: size of the small movements nobody can hold back; `phase` sets them apart between people."""
        self.now = 0.0
        self.pose = pose
        self._sway, self._phase = sway, phase
        self._movements: list[Movement] = []
        self._starts: list[float] = []

    def hold(self, seconds: float) -> None:
        """Stay in the pose."""
        self._append(seconds, self.pose, 0.0)

    def hold_until(self, seconds: float) -> None:
        """Stay in the pose until that time, if it is still to come."""
        self.hold(max(0.0, seconds - self.now))

    def move(self, pose: Pose, seconds: float, *, ease: Ease = smooth) -> None:
        """Go over to another pose; at rest before and after, unless `ease` says otherwise."""
        self._append(seconds, pose, 0.0, ease)

    def walk(self, path: list[np.ndarray], speed: float, height: float) -> None:
        """Walk through the points (2,) of a path, turning at each, at `speed` metres a second."""
        for point in path:
            way = point - np.array((self.pose.x, self.pose.y))
            distance = float(np.linalg.norm(way))
            if distance < 0.05:
                continue
            upright = self.pose._replace(yaw=float(np.degrees(np.arctan2(way[1], way[0]))))
            self.turn(upright.yaw, speed)
            arrived = upright._replace(x=float(point[0]), y=float(point[1]))
            stride = height * (0.45 + 0.35 * min(speed, 1.3))
            self._append(distance / speed, arrived, max(distance / stride, 0.5))

    def turn(self, yaw: float, speed: float) -> None:
        """Turn on the spot to face `yaw` degrees."""
        angle = abs((yaw - self.pose.yaw + 180.0) % 360.0 - 180.0)
        if angle > 1.0:
            self._append(angle / (150.0 * max(speed, 0.4)), self.pose._replace(yaw=yaw), 0.0)

    def pose_at(self, seconds: float) -> Pose:
        """Return the pose at that time; before and after the track, its first and last one."""
        if not self._movements:
            return self._swayed(self.pose, seconds)
        index = max(bisect_right(self._starts, seconds) - 1, 0)
        return self._swayed(self._movements[index].pose_at(seconds), seconds)

    def _append(self, seconds: float, pose: Pose, num_steps: float, ease: Ease = smooth) -> None:
        if seconds <= 0:
            return
        self._movements.append(Movement(self.now, self.now + seconds, self.pose, pose, num_steps, ease))
        self._starts.append(self.now)
        self.now += seconds
        self.pose = pose

    def _swayed(self, pose: Pose, seconds: float) -> Pose:
        slow = np.sin(seconds * 1.1 + self._phase) + 0.6 * np.sin(seconds * 2.3 + 1.7 * self._phase)
        other = np.sin(seconds * 0.8 + 2.1 * self._phase) + 0.5 * np.sin(seconds * 1.9 + self._phase)
        size = self._sway
        return pose._replace(
            trunk=pose.trunk + 1.2 * size * slow,
            nod=pose.nod + 5.0 * size * other,
            yaw=pose.yaw + 1.5 * size * other,
            arm_left=pose.arm_left + 4.0 * size * slow,
            arm_right=pose.arm_right - 4.0 * size * other,
        )


def _with_gait(pose: Pose, phase: float) -> Pose:
    """Swing legs and arms; one double step every 2 pi."""
    swing = float(np.sin(phase))
    lift_left, lift_right = max(0.0, float(np.cos(phase))), max(0.0, -float(np.cos(phase)))
    return pose._replace(
        z=pose.z - 0.02 * abs(swing),
        thigh_left=24 * swing + 14 * lift_left,
        thigh_right=-24 * swing + 14 * lift_right,
        shin_left=18 * swing - 30 * lift_left,
        shin_right=-18 * swing - 30 * lift_right,
        arm_left=pose.arm_left - 18 * swing,
        arm_right=pose.arm_right + 18 * swing,
    )
