"""Where a piece of furniture stands, and its footprint on the floor."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Placement:
    """A place on the floor with a direction: `along` is forward, `across` is to the left."""

    x: float
    y: float
    yaw: float
    """Direction of `along`, radians, counter-clockwise from the room's x axis."""

    def to_room(self, along: float, across: float, z: float = 0.0) -> np.ndarray:
        """Return the room point (3,) that lies at these offsets, metres."""
        cosine, sine = np.cos(self.yaw), np.sin(self.yaw)
        return np.array((self.x + along * cosine - across * sine, self.y + along * sine + across * cosine, z))

    def to_local(self, points: np.ndarray) -> np.ndarray:
        """Return the offsets along and across of room points (..., 2 or more), shape (..., 2)."""
        cosine, sine = np.cos(self.yaw), np.sin(self.yaw)
        x, y = points[..., 0] - self.x, points[..., 1] - self.y
        return np.stack((x * cosine + y * sine, y * cosine - x * sine), axis=-1)


@dataclass(frozen=True)
class Footprint:
    """The rectangle that a piece of furniture covers on the floor."""

    placement: Placement
    length: float
    """Extent along, metres."""
    width: float
    """Extent across, metres."""

    def contains(self, points: np.ndarray, margin: float = 0.0) -> np.ndarray:
        """Say of each room point (..., 2 or more) whether it is within `margin` metres of the rectangle."""
        local = np.abs(self.placement.to_local(points))
        return np.asarray((local[..., 0] < self.length / 2 + margin) & (local[..., 1] < self.width / 2 + margin))

    def corners(self, margin: float = 0.0, z: float = 0.0) -> np.ndarray:
        """Return the corners, moved outwards by `margin` metres, shape (4, 3)."""
        along, across = self.length / 2 + margin, self.width / 2 + margin
        signs = ((-1, -1), (1, -1), (1, 1), (-1, 1))
        return np.array([self.placement.to_room(a * along, c * across, z) for a, c in signs])
