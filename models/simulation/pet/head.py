"""A head as 18F-FET sees it: brain, scalp, muscles, and the blood in sinuses and vessels.

Millimetres from the middle of the brain: x to the left, y to the back, z to the top. Uptake is in units of the
brain's mean. Sizes are an adult's; the ratios are chosen to look like FET, where blood and scalp exceed the brain.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from models.simulation.pet.shapes import Bumpy, Ellipsoid, Shape, Tube
from models.simulation.pet.uptake_map import UptakeMap

_SCALP_MM, _SKULL_MM = 6.0, 7.0
_FOLD_MM = 9.0
"""Width of a gyrus."""


@dataclass(frozen=True, eq=False)
class Head:
    """One head."""

    size: np.ndarray
    """How much larger than usual, (3,)."""
    brain: Ellipsoid
    blood: float
    """Uptake of blood, in units of the brain's."""
    scalp: float
    grey_over_white: float
    seed: int
    """Of its folds."""

    @property
    def top_mm(self) -> float:
        return float(self.brain.radii_mm[2]) + _SKULL_MM + _SCALP_MM

    def paint(self, painting: UptakeMap) -> None:
        """Paint all that is healthy."""
        self._paint_outside(painting)
        self._paint_brain(painting)
        for vessel in self.vessels():
            painting.paint(vessel, self.blood)

    def vessels(self) -> list[Tube]:
        """Return the sinuses and the large arteries."""
        rng = np.random.default_rng((self.seed, 3))
        x, y, z = self.brain.radii_mm
        turn = np.linspace(-0.65 * np.pi / 2, 1.12 * np.pi / 2, 24)
        sagittal = np.stack([np.zeros_like(turn), (y + 3) * np.sin(turn), (z + 3) * np.cos(turn)], 1)
        confluence = sagittal[-1]
        tubes = [Tube(sagittal, rng.uniform(3.0, 4.5))]
        for side in (-1.0, 1.0):
            way = np.linspace(0, 1, 12)[:, None]
            ear = np.array([side * 0.86 * x, 0.35 * y, -0.62 * z])
            transverse = confluence * (1 - way) + ear * way
            transverse += np.array([side * 0.16 * x, 0.14 * y, 0.0]) * np.sin(np.pi * way)
            tubes.append(Tube(transverse, rng.uniform(2.5, 4.5)))
            carotid = np.array([[side * 18, -6, -z - 45], [side * 19, -10, -z - 8], [side * 12, -16, -0.72 * z]])
            tubes.append(Tube(carotid, rng.uniform(2.2, 3.2)))
        straight = np.stack([(0.0, 0.18 * y, -0.05 * z), confluence + np.array([0.0, -6.0, 3.0])])
        return [*tubes, Tube(straight, rng.uniform(2.0, 3.0))]

    def _paint_outside(self, painting: UptakeMap) -> None:
        grown = self.brain.radii_mm + _SKULL_MM + _SCALP_MM
        rng = np.random.default_rng((self.seed, 1))
        for shape, uptake in self._neck_and_face(rng):
            painting.paint(shape, uptake)
        painting.paint(Ellipsoid(self.brain.centre, grown), self.scalp)
        for side in (-1.0, 1.0):  # the temporal muscles
            centre = np.array([side * (grown[0] - 12), -0.35 * self.brain.radii_mm[1], -22.0])
            painting.paint(Ellipsoid(centre, np.array([6.0, 24.0, 26.0])), self.scalp * rng.uniform(1.0, 1.35))
        painting.paint(Ellipsoid(self.brain.centre, grown - _SCALP_MM), rng.uniform(0.35, 0.6))

    def _neck_and_face(self, rng: np.random.Generator) -> list[tuple[Shape, float]]:
        x, y, z = self.brain.radii_mm
        neck = np.array([[0.0, 0.15 * y, -z - 5], [0.0, 0.25 * y, -z - 140]])
        face = Ellipsoid(np.array([0.0, -0.55 * y, -z - 12]), np.array([0.8 * x, 0.5 * y, 62.0]))
        nose = Ellipsoid(np.array([0.0, -0.86 * y, -0.9 * z]), np.array([13.0, 18.0, 20.0]))
        glands: list[tuple[Shape, float]] = [
            (
                Ellipsoid(np.array([side * 0.82 * x, -0.05 * y, -z - 32]), np.array([9.0, 15.0, 20.0])),
                rng.uniform(1.2, 1.9),
            )
            for side in (-1.0, 1.0)
        ]
        return [(Tube(neck, 52.0), 0.9 * self.scalp), (face, self.scalp), (nose, rng.uniform(1.2, 1.8)), *glands]

    def _paint_brain(self, painting: UptakeMap) -> None:
        box = painting.within(Ellipsoid(self.brain.centre, self.brain.radii_mm + 4.0))
        depth = self.brain.depth_mm(painting.places[:, box])
        white = 2.0 / (1.0 + self.grey_over_white)
        is_grey = (depth < 5.0 + 7.0 * _folds(painting, self.seed)[box]).astype(np.float32)
        values = white * (1 + (self.grey_over_white - 1) * is_grey)
        share = np.clip(depth / 3.0 + 0.5, 0, 1)
        painting.uptake[box] += share * (values - painting.uptake[box])
        for shape, uptake in self._deep_parts():
            painting.paint(shape, uptake)

    def _deep_parts(self) -> list[tuple[Shape, float]]:
        rng = np.random.default_rng((self.seed, 2))
        x, y, z = self.brain.radii_mm
        grey = rng.uniform(1.0, 1.2)
        parts: list[tuple[Shape, float]] = [
            (Ellipsoid(np.array([0.0, 0.46 * y, -0.54 * z]), np.array([0.56 * x, 0.3 * y, 0.27 * z])), grey)
        ]
        wide = rng.uniform(0.7, 1.6)
        for side in (-1.0, 1.0):
            parts.append((_ball(side * 0.24 * x, -0.08 * y, 0.02 * z, 0.16 * x), grey))
            parts.append((_ball(side * 0.14 * x, 0.12 * y, 0.0, 0.13 * x), grey))
            horn = Ellipsoid(np.array([side * 9.0 * wide, -0.02 * y, 0.22 * z]), np.array([5.0 * wide, 0.36 * y, 8.0]))
            waves = rng.normal(0, 0.09, (4, 3))
            parts.append((Bumpy(horn, 2.0, waves, rng.uniform(0, 6.28, 4)), 0.45))
            parts.append((_ball(side * 9.0 * wide, 0.2 * y, 0.2 * z, 3.2), rng.uniform(0.9, 1.4)))  # choroid plexus
        return parts


def draw_head(rng: np.random.Generator) -> Head:
    """Draw an adult's head."""
    size = rng.uniform(0.93, 1.07) * rng.uniform(0.96, 1.04, 3)
    return Head(
        size=size,
        brain=Ellipsoid(np.zeros(3), np.array([66.0, 84.0, 63.0]) * size),
        blood=float(rng.uniform(1.25, 1.9)),
        scalp=float(rng.uniform(0.9, 1.45)),
        grey_over_white=float(rng.uniform(1.1, 1.35)),
        seed=int(rng.integers(2**31)),
    )


def _ball(x: float, y: float, z: float, radius_mm: float) -> Ellipsoid:
    return Ellipsoid(np.array([x, y, z]), np.full(3, radius_mm))


def _folds(painting: UptakeMap, seed: int) -> np.ndarray:
    """Return a cloudy pattern of gyri, 0..1, (D, H, W); the same folds on whatever grid they are painted."""
    rng = np.random.default_rng((seed, 4))
    lattice = gaussian_filter(rng.normal(0, 1, (40, 40, 40)).astype(np.float32), 0.6, mode="wrap")
    lattice /= lattice.std()
    places = np.rint(painting.places / (_FOLD_MM / 2)).astype(int) % 40
    return np.asarray(np.clip(0.5 + 0.5 * lattice[places[0], places[1], places[2]], 0, 1))
