"""An articulated person: a pose of joint angles becomes rounded limbs in the room."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from models.simulation.solids import Bar

UP = np.array((0.0, 0.0, 1.0))


class Pose(NamedTuple):
    """Where the pelvis is and how the joints stand; every field blends linearly into the next pose.

    Angles are degrees in the plane of forward and up. Legs: 0 hangs down, 90 points forward,
    whatever the trunk does. Arms: the same, relative to the trunk.
    """

    x: float
    y: float
    z: float
    """Height of the pelvis, metres."""
    yaw: float
    """Direction faced, degrees counter-clockwise from the room's x axis."""
    trunk: float = 0.0
    """0 is upright, 90 bends forward, -90 lies on the back."""
    roll: float = 0.0
    """Turn about the trunk's own axis, as when rolling onto a side."""
    thigh_left: float = 0.0
    thigh_right: float = 0.0
    shin_left: float = 0.0
    shin_right: float = 0.0
    legs_apart: float = 4.0
    arm_left: float = 5.0
    arm_right: float = 5.0
    arms_apart: float = 12.0
    elbow_left: float = 12.0
    elbow_right: float = 12.0
    nod: float = 8.0
    """Head against the trunk; positive looks down."""
    reach: float = 0.0
    """1 puts the hands on the target, if there is one; 0 leaves the arms to their angles."""


def both(**degrees: float) -> dict[str, float]:
    """Return the same angles for the limbs of both sides: `both(arm=5)` is arm_left=5 and arm_right=5."""
    return {f"{limb}_{side}": angle for limb, angle in degrees.items() for side in ("left", "right")}


def blend(first: Pose, second: Pose, share: float) -> Pose:
    """Return the pose that is `share` (0..1) of the way from the first to the second, turning the shorter way."""
    turn = (second.yaw - first.yaw + 180.0) % 360.0 - 180.0
    values = (a + share * (b - a) for a, b in zip(first, second, strict=True))
    return Pose(*values)._replace(yaw=first.yaw + share * turn)


@dataclass(frozen=True)
class Clothing:
    """Palette indices of what a person wears."""

    skin: int
    hair: int
    top: int
    sleeves: int
    trousers: int
    shins: int
    shoes: int
    hands: int


@dataclass(frozen=True)
class Body:
    """Proportions and clothes of one person."""

    height: float
    """Standing height, metres."""
    girth: float
    """Thickness against the average, about 0.85 to 1.25."""
    clothing: Clothing
    has_gown: bool = False
    """A wide gown hides the waist and the upper legs."""

    @property
    def standing_pelvis(self) -> float:
        """Height of the pelvis when standing straight, metres."""
        return 0.515 * self.height

    @property
    def reach(self) -> float:
        """Length of the stretched arm, metres."""
        return 0.32 * self.height

    def chest(self, pose: Pose) -> np.ndarray:
        """Return the middle of the chest in the room, shape (3,)."""
        trunk, _, _ = _trunk_axes(pose)
        return np.array((pose.x, pose.y, pose.z)) + 0.2 * self.height * trunk

    def limbs(self, pose: Pose, target: np.ndarray | None = None) -> list[Bar]:
        """Return the person as limbs; the hands go to `target` (3,) as far as the pose reaches for it."""
        trunk, front, left = _trunk_axes(pose)
        pelvis = np.array((pose.x, pose.y, pose.z))
        bars = self._trunk(pose, pelvis, trunk, front, left)
        shoulders = pelvis + 0.285 * self.height * trunk
        for side, arm, elbow in ((1, pose.arm_left, pose.elbow_left), (-1, pose.arm_right, pose.elbow_right)):
            shoulder = shoulders + side * 0.105 * self.height * left
            apart = side * np.sin(np.radians(pose.arms_apart)) * left
            joints = _arm(shoulder, trunk, front, apart, (arm, elbow), 0.165 * self.height)
            if target is not None and pose.reach > 0:
                joints = _reach(shoulder, joints, target + side * 0.07 * left, pose.reach, 0.165 * self.height)
            bars += self._arm_bars(shoulder, *joints)
        for side, thigh, shin in ((1, pose.thigh_left, pose.shin_left), (-1, pose.thigh_right, pose.shin_right)):
            bars += self._leg(pose, pelvis, side, thigh, shin)
        return bars

    def _trunk(
        self, pose: Pose, pelvis: np.ndarray, trunk: np.ndarray, front: np.ndarray, left: np.ndarray
    ) -> list[Bar]:
        size, wear = self.height, self.clothing
        thick = 0.068 * size * self.girth
        shoulders = pelvis + 0.285 * size * trunk
        nod = np.radians(pose.nod)
        head = shoulders + 0.125 * size * (np.cos(nod) * trunk + np.sin(nod) * front)
        hips = 0.05 * size * left
        broad = 0.075 * size * left
        bars = [
            Bar(pelvis + hips, pelvis - hips, thick * 1.1, wear.trousers if not self.has_gown else wear.top),
            Bar(pelvis, pelvis + 0.17 * size * trunk, thick * 1.15, wear.top, end_radius=thick * 1.2),
            Bar(shoulders + broad - 0.02 * size * trunk, shoulders - broad - 0.02 * size * trunk, thick, wear.top),
            Bar(pelvis + 0.2 * size * trunk + broad * 0.5, pelvis + 0.2 * size * trunk - broad * 0.5, thick, wear.top),
            Bar(shoulders, head, 0.03 * size, wear.skin),
            Bar(head, head + 0.02 * size * trunk, 0.056 * size, wear.skin, end_radius=0.052 * size),
            Bar(head + 0.022 * size * trunk - 0.02 * size * front, head - 0.02 * size * front, 0.055 * size, wear.hair),
        ]
        if self.has_gown:
            bars.append(Bar(pelvis + 0.05 * size * trunk, pelvis, thick * 1.25, wear.top))
        return bars

    def _arm_bars(self, shoulder: np.ndarray, elbow: np.ndarray, hand: np.ndarray) -> list[Bar]:
        size, wear = self.height, self.clothing
        return [
            Bar(shoulder, elbow, 0.031 * size * self.girth, wear.sleeves, end_radius=0.026 * size),
            Bar(elbow, hand, 0.024 * size, wear.skin, end_radius=0.019 * size),
            Bar(hand, hand + (hand - elbow) * 0.2, 0.024 * size, wear.hands),
        ]

    def _leg(self, pose: Pose, pelvis: np.ndarray, side: int, thigh: float, shin: float) -> list[Bar]:
        size, wear = self.height, self.clothing
        forward = _facing(pose.yaw)
        left = _left_of(forward)
        apart = side * np.sin(np.radians(pose.legs_apart)) * left
        hip = pelvis + side * 0.052 * size * left
        knee = hip + 0.245 * size * _unit(_swing(thigh, forward) + apart)
        ankle = knee + 0.235 * size * _unit(_swing(shin, forward) + 0.3 * apart)
        foot = ankle + 0.1 * size * _swing(shin + 75.0, forward)
        thigh_radius = (0.058 if self.has_gown else 0.05) * size * self.girth
        return [
            Bar(hip, knee, thigh_radius, wear.trousers, end_radius=0.036 * size * self.girth),
            Bar(knee, ankle, 0.034 * size * self.girth, wear.shins, end_radius=0.024 * size),
            Bar(ankle, foot, 0.026 * size, wear.shoes, end_radius=0.02 * size),
        ]


def _facing(yaw_degrees: float) -> np.ndarray:
    yaw = np.radians(yaw_degrees)
    return np.array((np.cos(yaw), np.sin(yaw), 0.0))


def _left_of(forward: np.ndarray) -> np.ndarray:
    return np.array((-forward[1], forward[0], 0.0))


def _swing(degrees: float, forward: np.ndarray) -> np.ndarray:
    """Direction that is `degrees` from hanging down towards forward."""
    angle = np.radians(degrees)
    return np.asarray(np.sin(angle) * forward - np.cos(angle) * UP)


def _trunk_axes(pose: Pose) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Directions along the trunk, out of the chest and to the person's left."""
    forward = _facing(pose.yaw)
    bend, roll = np.radians(pose.trunk), np.radians(pose.roll)
    trunk = np.cos(bend) * UP + np.sin(bend) * forward
    chest = np.cos(bend) * forward - np.sin(bend) * UP
    side = _left_of(forward)
    left = np.cos(roll) * side + np.sin(roll) * chest
    return trunk, np.cos(roll) * chest - np.sin(roll) * side, left


def _arm(
    shoulder: np.ndarray,
    trunk: np.ndarray,
    front: np.ndarray,
    apart: np.ndarray,
    angles: tuple[float, float],
    bone: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Elbow and hand from the angles of the upper arm and the elbow."""
    upper, lower = np.radians(angles[0]), np.radians(angles[0] + angles[1])
    elbow = shoulder + bone * _unit(np.sin(upper) * front - np.cos(upper) * trunk + apart)
    hand = elbow + 0.9 * bone * _unit(np.sin(lower) * front - np.cos(lower) * trunk + 0.3 * apart)
    return elbow, hand


def _reach(
    shoulder: np.ndarray,
    hanging: tuple[np.ndarray, np.ndarray],
    target: np.ndarray,
    share: float,
    bone: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Elbow and hand between the hanging arm and one that points at the target."""
    way = target - shoulder
    length = min(float(np.linalg.norm(way)), 1.88 * bone)
    hand = shoulder + _unit(way) * length
    drop = np.sqrt(max(bone * bone - length * length / 4, 0.0))
    elbow = (shoulder + hand) / 2 - drop * UP
    return hanging[0] + share * (elbow - hanging[0]), hanging[1] + share * (hand - hanging[1])


def _unit(vector: np.ndarray) -> np.ndarray:
    return np.asarray(vector / np.linalg.norm(vector))
