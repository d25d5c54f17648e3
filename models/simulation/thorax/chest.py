"""The shapes of a chest: body wall, lungs, heart and fissures as distances in millimetres, negative within.

Places are in the chest's own axes, LPS as in DICOM: x to the left, y to the back, z to the head; the middle of the
lungs is near (0, 0, 0). Distances are exact at the surface and only about right far from it.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

Side = Literal[-1, 1]
"""-1: the right lung, where x falls; 1: the left lung."""
SIDES: tuple[Side, Side] = (-1, 1)
FAR_MM = 1e3
"""Distance from what is not there."""
_NUM_WAVES = 4


@dataclass(frozen=True)
class Waves:
    """A gentle unevenness, so that no surface is as smooth as a formula."""

    directions: np.ndarray
    """Radians a millimetre along x, y and z, (N, 3)."""
    phases: np.ndarray
    heights_mm: np.ndarray

    @classmethod
    def draw(cls, rng: np.random.Generator, height_mm: float) -> "Waves":
        lengths = rng.uniform(30, 90, _NUM_WAVES)
        ways = rng.normal(0, 1, (_NUM_WAVES, 3))
        ways *= (2 * np.pi / lengths / np.linalg.norm(ways, axis=1))[:, None]
        return cls(ways, rng.uniform(0, 2 * np.pi, _NUM_WAVES), rng.uniform(0.2, 1, _NUM_WAVES) * height_mm)

    def at(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        terms = zip(self.directions, self.phases, self.heights_mm, strict=True)
        return np.asarray(sum(high * np.sin(way[0] * x + way[1] * y + way[2] * z + at) for way, at, high in terms))


class Chest:
    """One drawn chest."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.body_mm = (float(rng.uniform(150, 178)), float(rng.uniform(100, 122)))
        """Half width and half depth."""
        self.apex_mm, self.base_mm = float(rng.uniform(118, 138)), float(rng.uniform(-150, -118))
        self.lung_x_mm = float(rng.uniform(68, 76))
        """From the middle of the body to that of a lung."""
        self.lung_mm = (float(rng.uniform(52, 60)), float(rng.uniform(72, 84)))
        self.lung_y_mm = float(rng.uniform(-4, 6))
        self.dome_mm = float(rng.uniform(35, 55))
        self.wall_mm = float(rng.uniform(18, 26))
        """Of muscle and ribs around the lungs; what lies outside is fat."""
        self.heart_centre = np.array([rng.uniform(12, 26), rng.uniform(-40, -28), rng.uniform(-72, -50)])
        self.heart_mm = rng.uniform((48, 40, 48), (62, 50, 64))
        self._pleura, self._folds = Waves.draw(rng, 1.0), {side: Waves.draw(rng, 2.2) for side in SIDES}
        self._oblique = {side: (rng.uniform(-22, -4), rng.uniform(0.85, 1.35), rng.uniform(4, 14)) for side in SIDES}
        """Height in the middle, rise towards the back, and sag at the sides of each oblique fissure."""
        self._horizontal = (float(rng.uniform(-12, 12)), float(rng.uniform(-0.1, 0.2)))

    def body(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Return the distance from the skin."""
        width, depth = self.body_mm
        widened = 1 + 0.04 * np.cos(z / 60)
        radius = (np.abs(x / (width * widened)) ** 2.6 + np.abs(y / depth) ** 2.6) ** (1 / 2.6)
        return np.asarray((radius - 1) * depth)

    def lung(self, side: Side, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Return the distance from the pleura of one lung."""
        outer = self.chest_wall(side, x, y, z)
        below = (self.diaphragm(side, x, y) - z) * 0.8
        sides = np.broadcast_arrays(outer, below, self._medial(side, x, y, z), -self.heart(x, y, z))
        return np.asarray(np.maximum.reduce(sides))

    def lungs(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Return the distance from the nearer lung's pleura."""
        return np.asarray(np.minimum(*(self.lung(side, x, y, z) for side in SIDES)))

    def chest_wall(self, side: Side, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Return the distance from the inside of the ribs."""
        height = np.clip((z - self.base_mm) / (self.apex_mm - self.base_mm), 0, 1)
        centre = self.lung_x_mm * (1 - 0.22 * height**2)
        reach = np.hypot((side * x - centre) / self.lung_mm[0], (y - self.lung_y_mm) / self.lung_mm[1])
        return np.asarray((reach - self.girth(z)) * min(self.lung_mm) + self._pleura.at(x, y, z))

    def girth(self, z: np.ndarray) -> np.ndarray:
        """Return how wide the lungs are at a height, 0 above the apex to 1."""
        height = np.clip((z - self.base_mm) / (self.apex_mm - self.base_mm), 0, 1)
        return np.asarray(np.sqrt(1 - height**3))

    def diaphragm(self, side: Side, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the height of the diaphragm below a lung; the right one stands higher."""
        across = ((side * x - self.lung_x_mm) / self.lung_mm[0]) ** 2 + ((y - self.lung_y_mm) / self.lung_mm[1]) ** 2
        return np.asarray(self.base_mm + (self.dome_mm + (8 if side < 0 else 0)) * (1 - across))

    def heart(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Return the distance from the heart."""
        along = zip((x, y, z), self.heart_centre, self.heart_mm, strict=True)
        return np.asarray((np.sqrt(sum(((at - mid) / half) ** 2 for at, mid, half in along)) - 1) * self.heart_mm.min())

    def oblique(self, side: Side, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Return the distance from the fissure above the lower lobe, which is negative."""
        height, rise, sag = self._oblique[side]
        bend = sag * ((side * x - self.lung_x_mm) / self.lung_mm[0]) ** 2
        return np.asarray((z - height - rise * y + bend + self._folds[side].at(x, y, z)) / np.hypot(1, rise))

    def horizontal(self, side: Side, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Return the distance from the fissure above the middle lobe, which is negative; the left lung has none."""
        height, rise = self._horizontal
        distance = z - height - rise * y + self._folds[side].at(x, y, z)
        return np.asarray(distance if side < 0 else np.full_like(distance, FAR_MM))

    def fissure(self, side: Side, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Return the distance from the nearest fissure, never negative."""
        oblique, horizontal = self.oblique(side, x, y, z), np.abs(self.horizontal(side, x, y, z))
        return np.asarray(np.minimum(np.abs(oblique), np.where(oblique > 0, horizontal, FAR_MM)))

    def lobe(self, side: Side, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Return which lobe places belong to: 0 lower, 1 upper, 2 middle."""
        upper = np.where(self.horizontal(side, x, y, z) > 0, 1, 2)
        return np.where(self.oblique(side, x, y, z) < 0, 0, upper)

    def _medial(self, side: Side, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Return the distance from the mediastinum, which bulges where the spine and the roots of the lungs are."""
        spine = 14 * np.exp(-(((y - 55) / 26) ** 2))
        root = 12 * np.exp(-((z / 32) ** 2)) * np.exp(-(((y - 8) / 26) ** 2))
        return np.asarray(11 + spine + root - side * x)
