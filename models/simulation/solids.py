"""Boxes, sheets and bars as the polygons and limbs that a canvas draws."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from models.simulation.canvas import Canvas
from models.simulation.placement import Placement

_FACES = ((0, 1, 2, 3), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7))


@dataclass(frozen=True, eq=False)
class Polygon:
    """A flat convex polygon."""

    corners: np.ndarray
    """Room points, shape (N, 3)."""
    material: int
    glow: float = 1.0

    def draw(self, canvas: Canvas) -> None:
        canvas.fill_polygon(self.corners, self.material, glow=self.glow)


@dataclass(frozen=True, eq=False)
class Bar:
    """A rounded bar, limb or ball."""

    start: np.ndarray
    end: np.ndarray
    radius: float
    material: int
    end_radius: float | None = None
    """Radius at `end`; the same as at `start` when None."""

    def draw(self, canvas: Canvas) -> None:
        draw_bars(canvas, [self])


Solid = Polygon | Bar


def draw_bars(canvas: Canvas, bars: list[Bar]) -> None:
    """Draw many bars with one projection."""
    if not bars:
        return
    canvas.fill_capsules(
        np.array([(bar.start, bar.end) for bar in bars]),
        np.array([(bar.radius, bar.radius if bar.end_radius is None else bar.end_radius) for bar in bars]),
        np.array([bar.material for bar in bars]),
    )


def box(
    place: Placement,
    along: tuple[float, float],
    across: tuple[float, float],
    heights: tuple[float, float],
    material: int,
) -> Iterator[Polygon]:
    """Yield the six faces of an upright box that spans these offsets of a placement, metres."""
    ground = [
        (along[0], across[0]),
        (along[1], across[0]),
        (along[1], across[1]),
        (along[0], across[1]),
    ]
    corners = np.array([place.to_room(a, c, z) for z in heights for a, c in ground])
    return prism(corners, material)


def prism(corners: np.ndarray, material: int) -> Iterator[Polygon]:
    """Yield the six faces of a body with eight corners (8, 3): four below, the four above them."""
    for face in _FACES:
        yield Polygon(corners[list(face)], material)
