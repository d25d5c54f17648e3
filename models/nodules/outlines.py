"""Which voxels belong to a finding: what is about as bright as its middle, and hangs together with it."""

import numpy as np
from scipy.ndimage import binary_opening, label

from models.imaging.answer import Finding
from models.imaging.voxel_grid import VoxelGrid
from models.nodules.lung_scan import PARENCHYMA, LungScan

_REACH = 0.75
"""Of the diameter: what lies farther from the middle is not looked at."""
_MIDDLE = 0.3
"""Of the diameter: what lies nearer tells how bright the nodule is."""
_LEAST_CONTRAST = 0.08


def outline(scan: LungScan, finding: Finding) -> tuple[tuple[slice, slice, slice], np.ndarray]:
    """Return a box of the lung scan and the mask of a finding in it, bool; never empty."""
    step = scan.grid.spacing_mm[0]
    middle = scan.grid.indices(np.array([finding.centre_mm]))[0]
    reach = max(_REACH * finding.diameter_mm / step, 1.5)
    box = _box(middle, reach, scan.voxels.shape)
    mesh = np.meshgrid(*(np.arange(part.start, part.stop) for part in box), indexing="ij", sparse=True)
    distances = np.sqrt(sum((axis - at) ** 2 for axis, at in zip(mesh, middle, strict=True)))
    voxels, is_near = scan.voxels[box], distances <= reach
    bright = float(np.quantile(voxels[distances <= max(_MIDDLE * finding.diameter_mm / step, 1.0)], 0.6))
    level = (max(bright, PARENCHYMA + _LEAST_CONTRAST) + PARENCHYMA) / 2
    mask = is_near & (voxels > level) & (scan.depth_mm[box] > -step)
    if finding.diameter_mm > 5 * step:  # vessels that run in are cut off
        mask = binary_opening(mask) | (mask & (distances < reach / 2))
    parts, _ = label(mask)
    nearest = np.unravel_index(np.argmin(np.where(mask, distances, np.inf)), mask.shape)
    if not mask.any():
        return box, np.asarray(distances <= max(finding.diameter_mm / 2 / step, 1.0))
    return box, np.asarray(parts == parts[nearest])


def label_map(scan: LungScan, findings: list[Finding], grid: VoxelGrid) -> np.ndarray:
    """Return the numbers of findings on the grid of the scan that was read; the surer one has a voxel that two claim.

    Args:
        scan: in which they were found.
        findings: with numbers from 1 on, the surest first.
        grid: of the file.

    Returns:
        uint8, or uint16 of more than 255 findings, (D, H, W).
    """
    labels = np.zeros(grid.shape, np.uint8 if len(findings) < 256 else np.uint16)
    for finding in reversed(findings):
        box, mask = outline(scan, finding)
        corners = scan.grid.positions_mm(np.array([[part.start for part in box], [part.stop - 1 for part in box]]))
        ends = grid.indices(corners)
        target = _box(ends.mean(0), np.abs(ends[1] - ends[0]) / 2 + 1, grid.shape)
        mesh = np.stack(np.meshgrid(*(np.arange(part.start, part.stop) for part in target), indexing="ij"), -1)
        places = scan.grid.indices(grid.positions_mm(mesh.reshape(-1, 3))) - [part.start for part in box]
        index = np.rint(places).astype(int)
        is_inside = ((index >= 0) & (index < mask.shape)).all(1)
        is_labelled = np.zeros(len(index), bool)
        is_labelled[is_inside] = mask[tuple(index[is_inside].T)]
        labels[target][is_labelled.reshape(mesh.shape[:3])] = finding.number
    return labels


def _box(middle: np.ndarray, reach: float | np.ndarray, shape: tuple[int, int, int]) -> tuple[slice, slice, slice]:
    """Return the voxels around a place."""
    low = np.clip(np.floor(middle - reach).astype(int), 0, np.array(shape) - 1)
    high = np.clip(np.ceil(middle + reach).astype(int) + 1, low + 1, shape)
    d, h, w = (slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    return d, h, w
