"""Where the voxels of a volume lie in the patient."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

_FALLING, _RISING = "RAI", "LPS"
_LEAST_VOLUME = 1e-3
"""Of the box between three unit directions: below, they lie in a plane but for rounding."""


@dataclass(frozen=True, eq=False)
class VoxelGrid:
    """The shape of a volume and the place of each of its voxels, in one convention for every format.

    Arrays are indexed [d, h, w] as the file stores them, slowest axis first. `affine` takes the index (d, h, w, 1) of a
    voxel to its centre (x, y, z, 1) in millimetres, with x rising to the patient's left, y to the back and z to the
    head: LPS, as in DICOM and ITK. (NIfTI counts to the right and to the front; its reader and writer convert.)
    """

    shape: tuple[int, int, int]
    """Number of voxels along d, h and w."""
    affine: np.ndarray
    """float64, shape (4, 4)."""

    def __post_init__(self) -> None:
        if len(self.shape) != 3 or min(self.shape) < 1:
            raise ValueError(f"a voxel grid must have three axes of at least one voxel, got {self.shape}")
        if self.affine.shape != (4, 4) or not np.isfinite(self.affine).all():
            raise ValueError(f"an affine must be 4x4 of finite numbers, got {self.affine.tolist()}")
        if not np.array_equal(self.affine[3], (0, 0, 0, 1)):
            raise ValueError(f"the last row of an affine must be 0 0 0 1, got {self.affine[3].tolist()}")
        if min(self.spacing_mm) <= 0:
            raise ValueError(f"the spacing of voxels must be positive, got {_in_mm(self.spacing_mm)}")
        if abs(np.linalg.det(self.directions)) < _LEAST_VOLUME:
            raise ValueError(f"the axes of an affine must span space, got the directions {self.directions.T.tolist()}")

    @classmethod
    def of_axes(
        cls,
        shape: Sequence[int],
        spacing_mm: Sequence[float],
        *,
        directions: np.ndarray | None = None,
        origin_mm: Sequence[float] = (0.0, 0.0, 0.0),
    ) -> "VoxelGrid":
        """Return the grid of these axes, each in the order d, h, w.

        Args:
            shape: number of voxels.
            spacing_mm: distance between the centres of neighbours.
            directions: (3, 3), a column an axis, in LPS; by default d rises to the head, h to the back, w to the left.
            origin_mm: centre of the voxel (0, 0, 0), x, y and z in LPS.
        """
        affine = np.eye(4)
        affine[:3, :3] = (np.eye(3)[:, ::-1] if directions is None else directions) * np.asarray(spacing_mm, float)
        affine[:3, 3] = origin_mm
        depth, height, width = (int(count) for count in shape)
        return cls((depth, height, width), affine)

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance between the centres of neighbours along d, h and w."""
        depth, height, width = (float(length) for length in np.linalg.norm(self.affine[:3, :3], axis=0))
        return depth, height, width

    @property
    def directions(self) -> np.ndarray:
        """Unit vectors in LPS, one column an axis, shape (3, 3)."""
        return np.asarray(self.affine[:3, :3] / np.linalg.norm(self.affine[:3, :3], axis=0))

    @property
    def origin_mm(self) -> tuple[float, float, float]:
        """Centre of the voxel (0, 0, 0), x, y and z in LPS."""
        x, y, z = (float(value) for value in self.affine[:3, 3])
        return x, y, z

    @property
    def voxel_mm3(self) -> float:
        """Volume of one voxel."""
        return float(abs(np.linalg.det(self.affine[:3, :3])))

    @property
    def orientation(self) -> str:
        """Where each of the axes d, h and w rises to, most nearly: three of the letters L R, P A, S I."""
        directions = self.directions
        order = max(permutations(range(3)), key=lambda way: sum(abs(directions[way[axis], axis]) for axis in range(3)))
        return "".join(
            (_RISING if directions[world, axis] > 0 else _FALLING)[world] for axis, world in enumerate(order)
        )

    @property
    def shear_degrees(self) -> float:
        """By how much the axis d leans from the normal of its slices, as with a tilted gantry."""
        _, rows, columns = self.directions.T
        normal = np.cross(rows, columns)
        normal /= np.linalg.norm(normal)
        return float(np.degrees(np.arccos(np.clip(abs(normal @ self.directions[:, 0]), 0.0, 1.0))))

    def positions_mm(self, indices: np.ndarray) -> np.ndarray:
        """Return where in the patient voxels lie.

        Args:
            indices: d, h and w, fractions allowed, shape (N, 3).

        Returns:
            x, y and z in LPS, shape (N, 3).
        """
        return np.asarray(indices @ self.affine[:3, :3].T + self.affine[:3, 3])

    def indices(self, positions_mm: np.ndarray) -> np.ndarray:
        """Return the fractional index (d, h, w) of places in the patient (x, y, z), both of shape (N, 3)."""
        return np.asarray(np.linalg.solve(self.affine[:3, :3], (positions_mm - self.affine[:3, 3]).T).T)

    def slab(self, start: int, stop: int) -> "VoxelGrid":
        """Return the grid of the slices from one up to another."""
        affine = self.affine.copy()
        affine[:3, 3] += start * affine[:3, 0]
        return VoxelGrid((stop - start, *self.shape[1:]), affine)

    def is_like(self, other: "VoxelGrid", *, tolerance: float = 0.01) -> bool:
        """Whether the voxels of both lie in the same places, to a share of a voxel."""
        if self.shape != other.shape:
            return False
        corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]) * (np.array(self.shape) - 1)
        off = self.positions_mm(corners) - other.positions_mm(corners)
        return bool(np.linalg.norm(off, axis=1).max() <= tolerance * min(self.spacing_mm))


def _in_mm(lengths: Sequence[float]) -> str:
    return " x ".join(f"{length:g}" for length in lengths) + " mm"
