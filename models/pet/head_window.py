"""Where the head lies in a PET, and the 64 x 64 x 40 voxels of it that the network reads.

Source: Blanc-Durand et al., PLoS ONE 13:e0195798, 2018: volumes of 64 x 64 x 40. The paper brings every brain into one
place beforehand (MNI); here the window is laid around the head that is found, and its voxels are of a fixed size.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, label

from models.imaging.orientation import reorient
from models.imaging.resampling import resample, smoothed_for
from models.imaging.voxel_grid import VoxelGrid

SHAPE = (40, 64, 64)
SPACING_MM = (4.25, 3.5, 3.5)
MOST_UPTAKE = 6.0
"""In units of the brain's: what exceeds it is shown as much."""
_ABOVE_MM = 8.0
_LEAST_SUV, _MOST_SUV = -1.0, 100.0
_BRAIN_SUV = (0.05, 20.0)
_HEAD_MM = (90.0, 270.0)
"""Widths that a head may have, arms and nose included."""
_SLICE_MM2 = 600.0
"""The topmost slice of the head shows at least so much of it."""


@dataclass(frozen=True, eq=False)
class HeadWindow:
    """The part of a PET that the network reads."""

    grid: VoxelGrid
    ratios: np.ndarray
    """Uptake in units of the brain's, float32 of `SHAPE`, cut off at `MOST_UPTAKE`."""
    brain_suv: float
    """Median uptake in the middle of the head."""


def find_head(voxels: np.ndarray, grid: VoxelGrid) -> HeadWindow:
    """Return the window around the head.

    Args:
        voxels: uptake (SUV), float32, shape (D, H, W) of the grid, stored in any order and direction.
        grid: where they lie.

    Raises:
        ValueError: the values are no uptake, or show no head; the message says what was found.
    """
    _require_uptake(voxels)
    upright, upright_grid = reorient(voxels, grid)
    body = _body(upright, upright_grid)
    window = _window(body, upright_grid)
    seen = resample(smoothed_for(upright, upright_grid, window), upright_grid, window)
    brain = float(np.median(seen[10:30, 20:44, 22:42]))
    if not _BRAIN_SUV[0] < brain < _BRAIN_SUV[1]:
        raise ValueError(
            f"required the uptake (SUV) of a brain, usually 0.5 to 10, found {brain:.4g} in the middle of the head; "
            "convert activity to SUV first"
        )
    return HeadWindow(window, np.clip(seen / brain, 0, MOST_UPTAKE).astype(np.float32), brain)


def _require_uptake(voxels: np.ndarray) -> None:
    low, high = float(voxels.min()), float(np.quantile(voxels[::2, ::2, ::2], 0.999))
    if low < _LEAST_SUV or high > _MOST_SUV:
        raise ValueError(
            f"required the uptake (SUV) of a PET, from 0 to about {_MOST_SUV:g}, found values from {low:.4g} to "
            f"{high:.4g}; this is no PET, or its values are activity"
        )


def _body(voxels: np.ndarray, grid: VoxelGrid) -> np.ndarray:
    """Return the largest connected part that takes up anything, bool."""
    smooth = gaussian_filter(voxels, 4.0 / np.array(grid.spacing_mm))
    warm = smooth[smooth > smooth.mean()]
    if not warm.size or not np.median(warm) > 0:
        raise ValueError("required a PET of a head, found the same value in every voxel")
    parts, _ = label(smooth > 0.4 * np.median(warm))
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    return np.asarray(parts == sizes.argmax())


def _window(body: np.ndarray, grid: VoxelGrid) -> VoxelGrid:
    """Return the window that begins a little above the head, in the middle of it."""
    areas = body.sum((1, 2)) * grid.spacing_mm[1] * grid.spacing_mm[2]
    slices = np.flatnonzero(areas > _SLICE_MM2)
    if not len(slices):
        raise ValueError("required a PET of a head, found nothing that takes up enough; choose another series")
    height_mm = SHAPE[0] * SPACING_MM[0]
    top = float(slices[-1])
    lowest = max(int(top - height_mm / grid.spacing_mm[0]), 0)
    spans = [np.flatnonzero(body[lowest:].any((0, 3 - axis))) for axis in (1, 2)]
    widths = [len(span) * grid.spacing_mm[axis] for axis, span in zip((1, 2), spans, strict=True)]
    if not all(_HEAD_MM[0] < width < _HEAD_MM[1] for width in widths):
        raise ValueError(
            f"required a PET of a head, {_HEAD_MM[0]:g} to {_HEAD_MM[1]:g} mm wide, found a body of "
            f"{widths[1]:.0f} x {widths[0]:.0f} mm; cut the head out, or choose another series"
        )
    middle = [top + _ABOVE_MM / grid.spacing_mm[0], *((span[0] + span[-1]) / 2 for span in spans)]
    back = np.array([SHAPE[0] - 1, (SHAPE[1] - 1) / 2, (SHAPE[2] - 1) / 2]) * SPACING_MM / grid.spacing_mm
    affine = grid.affine.copy()
    affine[:3, :3] = grid.directions * SPACING_MM
    affine[:3, 3] = grid.positions_mm((np.array(middle) - back)[None])[0]
    return VoxelGrid(SHAPE, affine)
