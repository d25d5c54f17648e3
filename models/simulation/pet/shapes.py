"""Shapes in a simulated body: each says how deep within it places lie."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np


class Shape(Protocol):
    """A solid, in millimetres."""

    @property
    def centre(self) -> np.ndarray:
        """(3,)."""
        ...

    @property
    def reach_mm(self) -> float:
        """No place of it lies further from its centre."""
        ...

    def depth_mm(self, places: np.ndarray) -> np.ndarray:
        """Return about how deep places lie, (...) for (3, ...); negative outside."""
        ...


@dataclass(frozen=True, eq=False)
class Ellipsoid:
    """An ellipsoid; a ball when its radii are equal."""

    centre: np.ndarray
    radii_mm: np.ndarray
    """(3,)."""
    turn: np.ndarray | None = None
    """Rotation, (3, 3): its rows are the axes of the radii. None: those of the body."""

    @property
    def reach_mm(self) -> float:
        return float(self.radii_mm.max())

    def depth_mm(self, places: np.ndarray) -> np.ndarray:
        offsets = (places - _column(self.centre, places)).astype(np.float32)
        if self.turn is not None:
            offsets = np.tensordot(self.turn.astype(np.float32), offsets, 1)
        shares = np.sqrt(((offsets / _column(self.radii_mm, places).astype(np.float32)) ** 2).sum(0))
        # Exact on the axes: the distance to the surface along the line to the centre.
        lengths = np.sqrt((offsets**2).sum(0))
        return np.asarray(np.where(shares > 0.05, lengths / np.maximum(shares, 0.05) - lengths, self.radii_mm.min()))


@dataclass(frozen=True, eq=False)
class Tube:
    """A line of one thickness with round ends."""

    points: np.ndarray
    """(N, 3), N at least 2."""
    radius_mm: float

    @property
    def centre(self) -> np.ndarray:
        return np.asarray((self.points.min(0) + self.points.max(0)) / 2)

    @property
    def reach_mm(self) -> float:
        return float(np.linalg.norm(self.points - self.centre, axis=1).max()) + self.radius_mm

    @property
    def segments(self) -> tuple["Tube", ...]:
        """Its straight parts, each of which reaches over a small box only."""
        return tuple(Tube(self.points[first : first + 2], self.radius_mm) for first in range(len(self.points) - 1))

    def depth_mm(self, places: np.ndarray) -> np.ndarray:
        distances = [_segment_distance(places, *pair) for pair in zip(self.points, self.points[1:], strict=False)]
        return np.asarray(self.radius_mm - np.minimum.reduce(distances))


@dataclass(frozen=True, eq=False)
class Bumpy:
    """A shape whose surface is moved in and out by waves."""

    inner: Shape
    amplitude_mm: float
    waves: np.ndarray
    """Wave vectors, radians a millimetre, (N, 3)."""
    phases: np.ndarray
    """(N,)."""

    @property
    def centre(self) -> np.ndarray:
        return self.inner.centre

    @property
    def reach_mm(self) -> float:
        return self.inner.reach_mm + self.amplitude_mm

    def depth_mm(self, places: np.ndarray) -> np.ndarray:
        moved = sum(
            np.sin(np.tensordot(wave, places, 1) + phase)
            for wave, phase in zip(self.waves.astype(np.float32), self.phases, strict=True)
        )
        return self.inner.depth_mm(places) + self.amplitude_mm / len(self.waves) * np.asarray(moved)


@dataclass(frozen=True, eq=False)
class Joined:
    """Everything that lies in one of several shapes."""

    parts: Sequence[Shape]

    @property
    def centre(self) -> np.ndarray:
        return np.asarray(np.mean([part.centre for part in self.parts], axis=0))

    @property
    def reach_mm(self) -> float:
        return max(float(np.linalg.norm(part.centre - self.centre)) + part.reach_mm for part in self.parts)

    def depth_mm(self, places: np.ndarray) -> np.ndarray:
        return np.asarray(np.maximum.reduce([part.depth_mm(places) for part in self.parts]))


@dataclass(frozen=True, eq=False)
class Hollow:
    """What lies in a shape but not in another within it."""

    outer: Shape
    core: Shape

    @property
    def centre(self) -> np.ndarray:
        return self.outer.centre

    @property
    def reach_mm(self) -> float:
        return self.outer.reach_mm

    def depth_mm(self, places: np.ndarray) -> np.ndarray:
        return np.asarray(np.minimum(self.outer.depth_mm(places), -self.core.depth_mm(places)))


def _column(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    return values.reshape(3, *[1] * (places.ndim - 1))


def _segment_distance(places: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    along = (end - start).astype(np.float32)
    offsets = places - _column(start.astype(np.float32), places)
    share = np.clip(np.tensordot(along, offsets, 1) / max(float(along @ along), 1e-6), 0, 1)
    return np.asarray(np.sqrt(((offsets - _column(along, places) * share) ** 2).sum(0)))
