"""Tells which of the air in a CT is lung: none of it outside of the body or in the table, and no gas in the bowel."""

import numpy as np
from scipy.ndimage import binary_erosion, find_objects, label

AIR_HU = -400.0
_OUTSIDE_HU = -930.0
"""Air that reaches the side of the picture and is on average darker lies outside of the body."""
_GAS_HU = -950.0
"""Gas in the bowel is darker but for its border. So is emphysema, and even the severest fills no half of a lung."""
_LEAST_ML, _LEAST_CUT_ML = 60.0, 15.0
"""What is smaller is no lung; of one that the scan's upper end cuts off less need be seen."""
_THIN = 2
"""Voxels: of tissue twice as thick nothing is left without its border, such as the shell of a table."""


def lung_regions(voxels: np.ndarray, spacing_mm: tuple[float, ...], orientation: str) -> np.ndarray:
    """Return where lung is, bool, (D, H, W).

    Args:
        voxels: HU, (D, H, W), some 2.5 mm apart: the finer, the less stands out from the noise.
        spacing_mm: of these voxels.
        orientation: where the axes rise to, such as SPL.
    """
    is_air = voxels < AIR_HU
    regions, num_regions = label(is_air)
    if not num_regions:
        return is_air
    upright = next(axis for axis, letter in enumerate(orientation) if letter in "SI")
    sizes = np.bincount(regions.ravel(), minlength=num_regions + 1)
    is_lung = _large_enough(regions, sizes * float(np.prod(spacing_mm)) / 1000, upright, orientation)
    is_lung[_reaching_the_side(voxels, regions, sizes, upright)] = False
    is_lung[0] = False
    if is_lung.any():
        inner, body = binary_erosion(is_air, border_value=1), _within_the_body(~is_air, upright)
        boxes = find_objects(regions)
        for number in np.flatnonzero(is_lung):
            box = boxes[number - 1]
            mine = regions[box] == number
            is_lung[number] = body[box][mine].mean() > 0.5 and not _is_gas(voxels[box], mine, inner[box])
    return np.asarray(is_lung[regions])


def _large_enough(regions: np.ndarray, volumes_ml: np.ndarray, upright: int, orientation: str) -> np.ndarray:
    """Return whether each region is as large as what is seen of a lung."""
    is_cut = np.zeros(len(volumes_ml), bool)
    is_cut[np.unique(np.take(regions, -1 if orientation[upright] == "S" else 0, upright))] = True
    return np.asarray(volumes_ml > np.where(is_cut, _LEAST_CUT_ML, _LEAST_ML))


def _reaching_the_side(voxels: np.ndarray, regions: np.ndarray, sizes: np.ndarray, upright: int) -> np.ndarray:
    """Return the numbers of the regions that lie outside of the body: at a side, not below the feet or the head."""
    means = np.bincount(regions.ravel(), voxels.ravel(), len(sizes)) / np.maximum(sizes, 1)
    sides = [np.take(regions, end, axis) for axis in range(3) if axis != upright for end in (0, -1)]
    touching = np.unique(np.concatenate([side.ravel() for side in sides]))
    corners = np.unique(np.moveaxis(regions, upright, 0)[:, [0, 0, -1, -1], [0, -1, 0, -1]])
    dark = touching[means[touching] < _OUTSIDE_HU]
    return np.union1d(dark, corners)


def _within_the_body(is_tissue: np.ndarray, upright: int) -> np.ndarray:
    """Return what has the body on two opposite sides; it is what is largest where thin things are left out."""
    parts, num_parts = label(binary_erosion(is_tissue, iterations=_THIN, border_value=1))
    if not num_parts:
        return np.zeros_like(is_tissue)
    body = parts == np.argmax(np.bincount(parts.ravel())[1:]) + 1
    is_within = np.zeros_like(body)
    for axis in range(3):
        if axis != upright:
            before = np.logical_or.accumulate(body, axis)
            behind = np.flip(np.logical_or.accumulate(np.flip(body, axis), axis), axis)
            is_within |= np.asarray(before & behind)
    return np.asarray(is_within)


def _is_gas(voxels: np.ndarray, is_mine: np.ndarray, is_inner: np.ndarray) -> bool:
    """Return whether a region is as dark as gas, its border left out where there is anything else."""
    inner = is_mine & is_inner
    return bool((voxels[inner if inner.any() else is_mine] < _GAS_HU).mean() > 0.5)
