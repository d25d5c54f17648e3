"""The shapes of nodules, of which it can be said exactly what lies within."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

Outline = Literal["round", "lobulated", "spiculated", "lens", "triangle"]
_BUMP_SHARPNESS = 6.0


@dataclass(frozen=True, eq=False)
class Shape:
    """A body around (0, 0, 0)."""

    outline: Outline
    radius_mm: float
    axes: np.ndarray
    """Unit vectors in the chest, a row each; the last is the normal of the fissure or the pleura beside it."""
    stretch: np.ndarray
    """Half the length along each axis, in radii."""
    bumps: np.ndarray
    """Directions in which it swells, (N, 3)."""
    swell: np.ndarray
    """By which share of the radius, (N,)."""

    @property
    def reach_mm(self) -> float:
        """No point of it is farther from its middle."""
        return float(self.radius_mm * self.stretch.max() * (1 + self.swell.sum()))

    def contains(self, offsets: np.ndarray, scale: float = 1.0) -> np.ndarray:
        """Return whether places lie within, bool (N,).

        Args:
            offsets: from its middle, x, y and z, (N, 3).
            scale: of a smaller or larger body of this shape.
        """
        places = offsets @ self.axes.T / (self.radius_mm * scale)
        if self.outline == "triangle":
            return _in_cone(places / self.stretch)
        lengths = np.linalg.norm(places / self.stretch, axis=1)
        if not len(self.bumps):
            return np.asarray(lengths < 1)
        ways = places / np.maximum(np.linalg.norm(places, axis=1), 1e-9)[:, None]
        swelling = np.exp(_BUMP_SHARPNESS * (ways @ self.bumps.T - 1)) @ self.swell
        return np.asarray(lengths < 1 + swelling)


def draw_shape(outline: Outline, diameter_mm: float, rng: np.random.Generator, normal: np.ndarray | None) -> Shape:
    """Draw a body of about a diameter.

    Args:
        outline: what it is like; a lens lies flat against a normal, a triangle stands on it.
        diameter_mm: of a ball of about the same volume.
        rng: draws the rest.
        normal: of the surface it belongs to, (3,); None: it lies any way.
    """
    axes = np.linalg.qr(np.column_stack((rng.normal(0, 1, 3) if normal is None else normal, rng.normal(0, 1, (3, 2)))))[
        0
    ].T[::-1]
    if outline == "lens":
        stretch = np.array([1.45, 1.15, 0.6]) * rng.uniform(0.9, 1.1, 3)
    elif outline == "triangle":
        stretch = np.array([1.35, 1.2, 1.5]) * rng.uniform(0.9, 1.1, 3)
    else:
        stretch = np.exp(rng.normal(0, 0.12, 3))
        stretch /= np.prod(stretch) ** (1 / 3)
    num_bumps = {"lobulated": 5, "spiculated": 3}.get(outline, 0)
    bumps = rng.normal(0, 1, (num_bumps, 3))
    bumps /= np.linalg.norm(bumps, axis=1, keepdims=True)
    return Shape(outline, diameter_mm / 2, axes, stretch, bumps, rng.uniform(0.1, 0.4, num_bumps))


def _in_cone(places: np.ndarray) -> np.ndarray:
    """Return what lies in a cone whose foot is the plane through the middle."""
    height = places[:, 2]
    return np.asarray((height > 0) & (np.hypot(places[:, 0], places[:, 1]) < 1 - height))
