"""What every view of a simulated heart offers, and what its tissues have in common."""

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from models.simulation.echo.painter import Painter

View = Literal[
    "apical_four_chamber", "apical_two_chamber", "parasternal_long_axis", "parasternal_short_axis", "no_heart"
]
VIEWS: tuple[View, ...] = (
    "apical_four_chamber",
    "apical_two_chamber",
    "parasternal_long_axis",
    "parasternal_short_axis",
    "no_heart",
)


@dataclass(frozen=True)
class Moment:
    """Where the heart is in its cycle."""

    contraction: float
    """0 relaxed to about 0.6; that of the left ventricle."""
    is_filling: bool
    """The mitral valve is open."""
    seconds: float


@dataclass(frozen=True)
class Levels:
    """How strongly each tissue sends sound back, decibels below the brightest."""

    muscle: float
    blood: float
    valve: float
    pericardium: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "Levels":
        muscle = float(rng.uniform(-26, -13))
        return cls(
            muscle=muscle,
            blood=muscle - float(rng.uniform(15, 34)),
            valve=muscle + float(rng.uniform(3, 11)),
            pericardium=muscle + float(rng.uniform(4, 14)),
        )


class Anatomy(Protocol):
    """One view of a heart, or of something else."""

    depth_cm: float
    """How deep a fan has to reach to show it."""

    def paint(self, painter: Painter, moment: Moment) -> None:
        """Draw its tissues."""

    def material(self, x: np.ndarray, y: np.ndarray, moment: Moment) -> tuple[np.ndarray, np.ndarray]:
        """Return where the tissue that is now at (x, y) lies in the relaxed heart: speckle goes with it."""


@dataclass(frozen=True)
class Pose:
    """Where a structure lies under the probe."""

    origin: tuple[float, float]
    """cm."""
    matrix: np.ndarray
    """Of the structure's own axes, columns x and y."""

    def place(self, points: np.ndarray) -> np.ndarray:
        """Return points of the structure's own axes, (N, 2), under the probe."""
        return np.asarray(points @ self.matrix.T + self.origin)

    def unplace(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return x and y of points under the probe in the structure's own axes; the matrix only turns and mirrors."""
        (a, b), (c, d) = self.matrix.astype(x.dtype)
        x, y = x - x.dtype.type(self.origin[0]), y - y.dtype.type(self.origin[1])
        return a * x + c * y, b * x + d * y
