"""Uptake in the making: shapes painted one over another onto the voxels of a grid."""

import numpy as np

from models.imaging.voxel_grid import VoxelGrid
from models.simulation.pet.shapes import Shape, Tube


class UptakeMap:
    """What each voxel takes up, and where it lies in the head."""

    def __init__(self, grid: VoxelGrid, head_from_patient: np.ndarray) -> None:
        """Begin with no uptake anywhere.

        Args:
            grid: of the voxels.
            head_from_patient: affine, (4, 4): from LPS millimetres to those of the head.
        """
        affine = (head_from_patient @ grid.affine).astype(np.float32)
        steps = np.meshgrid(*(np.arange(count, dtype=np.float32) for count in grid.shape), indexing="ij")
        self.places = np.stack(
            [sum(affine[axis, along] * steps[along] for along in range(3)) + affine[axis, 3] for axis in range(3)]
        )
        """Of the voxel centres, float32, (3, D, H, W), millimetres of the head."""
        self.uptake = np.zeros(grid.shape, np.float32)
        """Float32, (D, H, W)."""
        self._to_index = np.linalg.inv(affine)
        self._softness_mm = float(np.mean(grid.spacing_mm))

    def paint(self, shape: Shape, uptake: float) -> None:
        """Let a shape have an uptake; a voxel at its surface is shared with what was there."""
        for part in shape.segments if isinstance(shape, Tube) else (shape,):
            box = self._box(part)
            share = np.clip(part.depth_mm(self.places[:, *box]) / self._softness_mm + 0.5, 0, 1)
            self.uptake[box] += share * (uptake - self.uptake[box])

    def within(self, shape: Shape) -> np.ndarray:
        """Return which voxel centres lie in a shape, bool (D, H, W)."""
        inside = np.zeros(self.uptake.shape, bool)
        box = self._box(shape)
        inside[box] = shape.depth_mm(self.places[:, *box]) > 0
        return inside

    def _box(self, shape: Shape) -> tuple[slice, slice, slice]:
        """Return the voxels that a shape may reach."""
        centre = self._to_index[:3, :3] @ shape.centre + self._to_index[:3, 3]
        reach = np.linalg.norm(self._to_index[:3, :3], axis=1) * (shape.reach_mm + self._softness_mm)
        first = np.maximum(np.floor(centre - reach).astype(int), 0)
        last = np.maximum(np.minimum(np.ceil(centre + reach).astype(int) + 1, self.uptake.shape), first)
        depth, height, width = (slice(int(a), int(b)) for a, b in zip(first, last, strict=True))
        return depth, height, width
