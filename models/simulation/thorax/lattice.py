"""Where the voxels of a simulated scan lie in the chest."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from models.imaging.voxel_grid import VoxelGrid

_COARSE_MM = 3.0


@dataclass(frozen=True, eq=False)
class Lattice:
    """Slices from the feet to the head, rows from the front to the back, columns from right to left."""

    shape: tuple[int, int, int]
    """D, H and W."""
    spacing_mm: tuple[float, float, float]
    first_mm: np.ndarray
    """Centre of the first voxel, z, y and x in the chest's own axes."""
    table_mm: np.ndarray
    """Where the chest's middle lies in the patient's coordinates, x, y and z."""

    @property
    def grid(self) -> VoxelGrid:
        """Where the voxels lie in the patient."""
        return VoxelGrid.of_axes(self.shape, self.spacing_mm, origin_mm=self.first_mm[::-1] + self.table_mm)

    def axis(self, index: int) -> np.ndarray:
        """Return where voxels lie along d, h or w, float32."""
        return np.asarray(self.first_mm[index] + self.spacing_mm[index] * np.arange(self.shape[index]), np.float32)

    def box(self, low: np.ndarray, high: np.ndarray) -> tuple[slice, slice, slice]:
        """Return the voxels between two places, z, y and x; an empty slice where there are none."""
        first = np.ceil((low - self.first_mm) / self.spacing_mm).astype(int)
        last = np.floor((high - self.first_mm) / self.spacing_mm).astype(int) + 1
        start, stop = np.clip(first, 0, self.shape), np.clip(last, 0, self.shape)
        z, y, x = (slice(int(a), int(max(a, b))) for a, b in zip(start, stop, strict=True))
        return z, y, x

    def mesh(self, box: tuple[slice, slice, slice], parts: tuple[int, int, int] = (1, 1, 1)) -> list[np.ndarray]:
        """Return z, y and x of the voxels of a box, or of so many parts of each, ready to be broadcast."""
        mesh = []
        for axis, (where, count) in enumerate(zip(box, parts, strict=True)):
            within = (np.arange(count) + 0.5) / count - 0.5
            index = (np.arange(where.start, where.stop)[:, None] + within).ravel()
            along = self.first_mm[axis] + self.spacing_mm[axis] * index
            mesh.append(along.reshape([-1 if other == axis else 1 for other in range(3)]))
        return mesh

    def field(self, distance: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]) -> "Field":
        """Return a function of x, y and z, worked out every few millimetres and interpolated between."""
        counts = [max(round(n * step / _COARSE_MM), 2) for n, step in zip(self.shape, self.spacing_mm, strict=True)]
        z, y, x = (
            np.linspace(self.axis(index)[0], self.axis(index)[-1], count, dtype=np.float32)
            for index, count in enumerate(counts)
        )
        values = distance(x[None, None, :], y[None, :, None], z[:, None, None])
        return Field(np.ascontiguousarray(np.broadcast_to(values, counts), np.float32), self.shape)


class Field:
    """Values known on a coarse grid over a lattice."""

    def __init__(self, values: np.ndarray, shape: tuple[int, int, int]) -> None:
        self._values, self._shape = values, shape

    def slice(self, index: int) -> np.ndarray:
        """Return the values of a slice of the lattice, float32, (H, W)."""
        at = index * (len(self._values) - 1) / max(self._shape[0] - 1, 1)
        low = min(int(at), len(self._values) - 2)
        plane = self._values[low] + (at - low) * (self._values[low + 1] - self._values[low])
        return _enlarged(plane, self._shape[1:])


def _enlarged(plane: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """Return a plane with more points between the same outermost ones."""
    (height, width), (rows, columns) = plane.shape, size
    scale_x, scale_y = (width - 1) / max(columns - 1, 1), (height - 1) / max(rows - 1, 1)
    turn = np.array([[scale_x, 0, 0], [0, scale_y, 0]], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    enlarged = cv2.warpAffine(plane, turn, (columns, rows), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(enlarged, np.float32)
