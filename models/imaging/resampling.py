"""Volumes on another grid: each voxel takes the value at its place in the patient."""

import numpy as np
from scipy.ndimage import affine_transform, gaussian_filter

from models.imaging.voxel_grid import VoxelGrid


def resample(
    voxels: np.ndarray, grid: VoxelGrid, target: VoxelGrid, *, nearest: bool = False, outside: float = 0.0
) -> np.ndarray:
    """Return values at the voxels of another grid, whatever the directions of both.

    Args:
        voxels: shape (D, H, W) of the grid.
        grid: of the voxels.
        target: where values are wanted.
        nearest: take the nearest voxel's value, as labels need it; else interpolate linearly.
        outside: the value beyond the grid.

    Returns:
        Shape of the target, in the type of the voxels.

    Raises:
        ValueError: the voxels are not of the grid's shape.
    """
    if voxels.shape != grid.shape:
        raise ValueError(f"voxels must have the shape of their grid {grid.shape}, got {voxels.shape}")
    indices = np.linalg.inv(grid.affine) @ target.affine
    order = 0 if nearest else 1
    return np.asarray(
        affine_transform(
            voxels, indices[:3, :3], indices[:3, 3], target.shape, order=order, mode="constant", cval=outside
        )
    )


def smoothed_for(voxels: np.ndarray, grid: VoxelGrid, target: VoxelGrid) -> np.ndarray:
    """Return voxels blurred as much as a coarser grid needs, so that its voxels stand for all that lie about them.

    Args:
        voxels: shape (D, H, W) of the grid.
        grid: of the voxels.
        target: a grid with axes in the same directions.
    """
    factors = np.array(target.spacing_mm) / grid.spacing_mm
    return np.asarray(gaussian_filter(voxels, 0.5 * np.sqrt(np.maximum(factors**2 - 1, 0)), mode="nearest"))
