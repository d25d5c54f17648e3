"""Cuts cubes out of a lung scan, each turned so that the structure in it always lies the same way.

Source: Huang et al., ISBI 2017: the local orientation is estimated, and cubes are turned to one pose, so that the
network need not learn every direction in which a vessel may run.
"""

import numpy as np
from scipy.ndimage import map_coordinates

from models.nodules.lung_scan import STEP_MM

SIDE = 24
"""Voxels along each side of a cube: 30 mm."""


def cut_cubes(voxels: np.ndarray, places: np.ndarray, axes: np.ndarray, *, side: int = SIDE) -> np.ndarray:
    """Return cubes around places.

    Args:
        voxels: 0..1, float32, (D, H, W).
        places: fractional d, h and w, (N, 3).
        axes: unit vectors, a row each, along which the axes of the cubes lie, (N, 3, 3).
        side: voxels of a cube, as far apart as those of the scan.

    Returns:
        uint8, 0..255, (N, side, side, side); what lies outside of the box is as its border.
    """
    steps = np.arange(side) - (side - 1) / 2
    offsets = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(-1, 3)
    cubes = np.empty((len(places), side, side, side), np.uint8)
    for index, (place, frame) in enumerate(zip(places, axes, strict=True)):
        where = (offsets @ frame + place).T.astype(np.float32)
        values = map_coordinates(voxels, where, order=1, mode="nearest")
        cubes[index] = np.rint(values * 255).reshape(side, side, side)
    return cubes


def cube_mm(side: int = SIDE) -> float:
    """Return how long the side of a cube is."""
    return side * STEP_MM
