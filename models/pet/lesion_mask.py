"""From a network's probabilities to lesions on the scan's own grid.

Source: Blanc-Durand et al. 2018: the mask that is found is dilated, and of that kept what exceeds a fixed threshold.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import binary_dilation, label

from models.imaging.resampling import resample
from models.imaging.voxel_grid import VoxelGrid
from models.pet.head_window import HeadWindow

_SLAB = 32
_TOUCHING = np.ones((3, 3, 3), bool)


@dataclass(frozen=True)
class MaskRule:
    """How probabilities become a mask; chosen on scans for validation."""

    least_probability: float = 0.5
    dilate_mm: float = 0.0
    """How far the mask is grown before the threshold; 0: neither."""
    least_ratio: float = 1.3
    """Uptake in units of the brain's that a voxel of a grown mask must exceed."""
    least_mm3: float = 0.0
    """Smaller lesions are left out."""


def lesions_on(grid: VoxelGrid, window: HeadWindow, probabilities: np.ndarray, rule: MaskRule) -> np.ndarray:
    """Return the lesions of a scan, numbered by size, the largest first: uint8, shape of the grid.

    Args:
        grid: of the scan, with axes in any order and direction.
        window: that the network read.
        probabilities: of a lesion, float32 of the window's shape.
        rule: how they become a mask.
    """
    mask = np.zeros(grid.shape, bool)
    for start, slab in _slabs(grid):
        mask[start : start + slab.shape[0]] = resample(probabilities, window.grid, slab) > rule.least_probability
    if rule.dilate_mm and mask.any():
        mask = _grown(mask, grid, rule.dilate_mm)
        for start, slab in _slabs(grid):
            mask[start : start + slab.shape[0]] &= resample(window.ratios, window.grid, slab) > rule.least_ratio
    return _numbered(mask, least_voxels=rule.least_mm3 / grid.voxel_mm3)


def _numbered(mask: np.ndarray, *, least_voxels: float) -> np.ndarray:
    parts, num_parts = label(mask, _TOUCHING)
    sizes = np.bincount(parts.ravel(), minlength=num_parts + 1)
    sizes[0] = 0
    order = [part for part in np.argsort(-sizes, kind="stable")[:255] if sizes[part] > 0]
    numbers = np.zeros(num_parts + 1, np.uint8)
    kept = [part for part in order if sizes[part] >= least_voxels]
    numbers[kept] = np.arange(1, len(kept) + 1)
    return np.asarray(numbers[parts])


def _grown(mask: np.ndarray, grid: VoxelGrid, radius_mm: float) -> np.ndarray:
    reach = [int(radius_mm / spacing) for spacing in grid.spacing_mm]
    steps = np.meshgrid(*(np.arange(-count, count + 1) for count in reach), indexing="ij")
    lengths = sum((step * spacing) ** 2 for step, spacing in zip(steps, grid.spacing_mm, strict=True))
    return np.asarray(binary_dilation(mask, np.asarray(lengths) <= radius_mm**2))


def _slabs(grid: VoxelGrid) -> Iterator[tuple[int, VoxelGrid]]:
    for start in range(0, grid.shape[0], _SLAB):
        yield start, grid.slab(start, min(start + _SLAB, grid.shape[0]))
