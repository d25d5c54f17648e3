"""Vessels, airways and ribs: tubes along lines of points, painted into a lattice."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor

import numpy as np

from models.simulation.thorax.lattice import Lattice

FULL = 255
"""Coverage of a voxel that lies within."""


@dataclass(frozen=True, eq=False)
class Tube:
    """A line of points with a radius at each."""

    points: np.ndarray
    """x, y and z in the chest, (N, 3)."""
    radii_mm: np.ndarray
    """(N,)."""

    def widened(self, factor: float) -> "Tube":
        return Tube(self.points, self.radii_mm * factor)


def paint(tubes: Iterable[Tube], lattice: Lattice) -> np.ndarray:
    """Return how much of each voxel lies within tubes, uint8 from 0 to 255, of the lattice's shape."""
    painter = _Painter(lattice)
    for tube in tubes:
        points, radii = tube.points.tolist(), tube.radii_mm.tolist()
        for index in range(len(points) - 1):
            painter.paint(points[index], points[index + 1], radii[index], radii[index + 1])
    return painter.coverage


class _Painter:
    """Paints thousands of short pieces: plain numbers as far as they go, arrays only for the voxels around a piece."""

    def __init__(self, lattice: Lattice) -> None:
        self.coverage = np.zeros(lattice.shape, np.uint8)
        self._edge_mm = float(np.mean(lattice.spacing_mm))
        self._firsts, self._steps = lattice.first_mm[::-1].tolist(), lattice.spacing_mm[::-1]
        self._axes = [lattice.axis(2 - index) for index in range(3)]  # x, y, z

    def paint(self, start: list[float], end: list[float], first_mm: float, last_mm: float) -> None:
        """Paint a cone with round ends between two places, x, y and z."""
        edge = self._edge_mm
        box = self._box(start, end, max(first_mm, last_mm) + edge / 2)
        if box is None:
            return
        x, y, z = (axis[part] - at for axis, part, at in zip(self._axes, box, start, strict=True))
        x, y, z = x[None, None, :], y[None, :, None], z[:, None, None]
        along_x, along_y, along_z = (b - a for a, b in zip(start, end, strict=True))
        length2 = max(along_x**2 + along_y**2 + along_z**2, 1e-9)
        share = (x * (along_x / length2) + y * (along_y / length2)) + z * (along_z / length2)
        np.minimum(np.maximum(share, 0, out=share), 1, out=share)
        x, y, z = x - share * along_x, y - share * along_y, z - share * along_z
        radius = first_mm + share * (last_mm - first_mm)
        inside = (radius - np.sqrt(x * x + y * y + z * z)) * (1 / edge) + 0.5
        np.minimum(np.maximum(inside, 0, out=inside), 1, out=inside)
        inside *= np.minimum(radius * radius * (np.pi * FULL / edge**2), FULL)  # thinner than a voxel, it fills a part
        where = self.coverage[box[2], box[1], box[0]]
        np.maximum(where, inside.astype(np.uint8), out=where)

    def _box(self, start: list[float], end: list[float], reach: float) -> list[slice] | None:
        """Return the voxels along x, y and z that the piece may touch; None where there are none."""
        box = []
        for axis, a, b, first, step in zip(self._axes, start, end, self._firsts, self._steps, strict=True):
            low = max(ceil((min(a, b) - reach - first) / step), 0)
            high = min(floor((max(a, b) + reach - first) / step) + 1, axis.size)
            if low >= high:
                return None
            box.append(slice(low, high))
        return box
