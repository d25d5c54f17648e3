"""From a network's probabilities to lesions on the scan's own grid.

Source: Blanc-Durand et al. 2018: the mask that is found is dilated, and of that kept what exceeds a fixed threshold.
Difference: the threshold may also rise with the lesion's own uptake. Halfway between brain and lesion is where a
scanner's blur puts the border, however bright the lesion is; a fixed threshold makes bright lesions too large.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import binary_dilation, find_objects, gaussian_filter, label

from models.imaging.resampling import resample
from models.imaging.voxel_grid import VoxelGrid
from models.pet.head_window import HeadWindow

_SLAB = 32
_SMOOTH_MM = 1.2
"""Standard deviation by which noise is smoothed before the threshold."""
_LEVEL_PERCENT = 85
"""Percentile of a lesion's voxels that stands for its uptake."""
_TOUCHING = np.ones((3, 3, 3), bool)
_MOST_LESIONS = 255
Box = tuple[slice, slice, slice]


@dataclass(frozen=True)
class MaskRule:
    """How probabilities become a mask; chosen on scans for validation."""

    least_probability: float = 0.5
    dilate_mm: float = 0.0
    """How far the mask is grown before the threshold; 0: neither."""
    least_ratio: float = 1.3
    """Uptake in units of the brain's that a voxel of a grown mask must exceed."""
    least_share: float = 0.0
    """Share of the way from the brain's uptake to the lesion's own that it must exceed, too."""
    least_mm3: float = 0.0
    """Smaller lesions are left out."""


def lesions_on(
    uptake: np.ndarray, grid: VoxelGrid, window: HeadWindow, probabilities: np.ndarray, rule: MaskRule
) -> np.ndarray:
    """Return the lesions of a scan, numbered by size, the largest first: uint8, shape of the grid.

    Args:
        uptake: of the scan (SUV), shape (D, H, W) of the grid.
        grid: of the scan, with axes in any order and direction.
        window: that the network read.
        probabilities: of a lesion, float32 of the window's shape.
        rule: how they become a mask.
    """
    mask = np.zeros(grid.shape, bool)
    for start, slab in _slabs(grid):
        mask[start : start + slab.shape[0]] = resample(probabilities, window.grid, slab) > rule.least_probability
    if rule.dilate_mm and mask.any():
        mask = _refined(mask, uptake, grid, window.brain_suv, rule)
    return _numbered(mask, least_voxels=rule.least_mm3 / grid.voxel_mm3)


def _refined(mask: np.ndarray, uptake: np.ndarray, grid: VoxelGrid, brain_suv: float, rule: MaskRule) -> np.ndarray:
    """Return the mask grown, without what takes up too little."""
    sigmas = _SMOOTH_MM / np.array(grid.spacing_mm)
    refined = np.zeros_like(mask)
    parts, _ = label(mask, _TOUCHING)
    for number, box in enumerate(find_objects(parts), start=1):
        around = _widened(box, grid, rule.dilate_mm)
        core = parts[around] == number
        ratios = gaussian_filter(np.asarray(uptake[around], np.float32) / brain_suv, sigmas)
        level = float(np.percentile(ratios[core], _LEVEL_PERCENT))
        least = max(rule.least_ratio, 1 + rule.least_share * (level - 1))
        refined[around] |= _grown(core, grid, rule.dilate_mm) & (ratios > least)
    return refined


def _numbered(mask: np.ndarray, *, least_voxels: float) -> np.ndarray:
    parts, num_parts = label(mask, _TOUCHING)
    sizes = np.bincount(parts.ravel(), minlength=num_parts + 1)
    sizes[0] = 0
    largest = np.argsort(-sizes, kind="stable")[: min(num_parts, _MOST_LESIONS)]
    kept = [part for part in largest if sizes[part] >= max(least_voxels, 1)]
    numbers = np.zeros(num_parts + 1, np.uint8)
    numbers[kept] = np.arange(1, len(kept) + 1)
    return np.asarray(numbers[parts])


def _grown(mask: np.ndarray, grid: VoxelGrid, radius_mm: float) -> np.ndarray:
    reach = [int(radius_mm / spacing) for spacing in grid.spacing_mm]
    steps = np.meshgrid(*(np.arange(-count, count + 1) for count in reach), indexing="ij")
    lengths = sum((step * spacing) ** 2 for step, spacing in zip(steps, grid.spacing_mm, strict=True))
    return np.asarray(binary_dilation(mask, np.asarray(lengths) <= radius_mm**2))


def _widened(box: Box, grid: VoxelGrid, margin_mm: float) -> Box:
    margins = [int(np.ceil(margin_mm / spacing)) + 1 for spacing in grid.spacing_mm]
    depth, height, width = (
        slice(max(side.start - margin, 0), min(side.stop + margin, size))
        for side, margin, size in zip(box, margins, grid.shape, strict=True)
    )
    return depth, height, width


def _slabs(grid: VoxelGrid) -> Iterator[tuple[int, VoxelGrid]]:
    for start in range(0, grid.shape[0], _SLAB):
        yield start, grid.slab(start, min(start + _SLAB, grid.shape[0]))
