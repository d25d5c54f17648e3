"""Finds the lungs in a CT: air within the body, with the nodules at its border filled in.

Source: the usual steps (threshold, air that does not reach the outside, closing with a ball so that nodules at the
pleura count as lung), as in Setio et al. 2017, arXiv:1612.08012, section 3; the numbers are ours.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import distance_transform_edt, find_objects

from models.imaging.volume import StoredVolume, Volume
from models.imaging.voxel_grid import VoxelGrid
from models.nodules.lung_regions import lung_regions

_CLOSING_MM = 11.0
_FAR_MM = 50.0
_COARSE_MM = 2.5
_SLICES_AT_ONCE = 32

ReadSlab = Callable[[int, int], np.ndarray]
"""Returns the slices from one up to another, float32, (1, d, H, W)."""


@dataclass(frozen=True, eq=False)
class Lungs:
    """Where the lungs lie, on a coarse grid over the scan."""

    depth_mm: np.ndarray
    """How deep within the lungs, negative outside, float32, (D, H, W) of the coarse grid."""
    factors: tuple[int, int, int]
    """Voxels of the scan to one of the coarse grid, along d, h and w."""

    @property
    def are_there(self) -> bool:
        return bool((self.depth_mm > 0).any())

    def box(self) -> tuple[slice, slice, slice]:
        """Return the voxels of the scan that hold the lungs; of a grid that ends within the last coarse voxel."""
        found = find_objects((self.depth_mm > 0).astype(np.int8))[0]
        d, h, w = (slice(part.start * f, part.stop * f) for part, f in zip(found, self.factors, strict=True))
        return d, h, w

    def box_within(self, grid: VoxelGrid) -> tuple[slice, slice, slice]:
        """Return the voxels of a scan's grid that hold the lungs."""
        d, h, w = (slice(part.start, min(part.stop, n)) for part, n in zip(self.box(), grid.shape, strict=True))
        return d, h, w


def coarse_factors(grid: VoxelGrid) -> tuple[int, int, int]:
    """Return how many voxels along each axis are taken together."""
    depth, height, width = (max(round(_COARSE_MM / step), 1) for step in grid.spacing_mm)
    return depth, height, width


class CoarseScan:
    """Collects means of blocks of voxels, slab by slab."""

    def __init__(self, grid: VoxelGrid) -> None:
        self.grid, self.factors = grid, coarse_factors(grid)
        shape = [max(count // factor, 1) for count, factor in zip(grid.shape, self.factors, strict=True)]
        self.voxels = np.empty(shape, np.float32)

    @property
    def starts(self) -> list[int]:
        """First slice of each slab to be read."""
        return list(range(0, self.voxels.shape[0] * self.factors[0], self.step))

    @property
    def step(self) -> int:
        return self.factors[0] * max(_SLICES_AT_ONCE // self.factors[0], 1)

    def take(self, start: int, read_slab: ReadSlab) -> None:
        """Read a slab and keep its means; what no scanner measured counts as air."""
        depth, height, width = self.voxels.shape
        a, b, c = self.factors
        first = start // a
        last = min(first + self.step // a, depth)
        slab = read_slab(first * a, min(last * a, self.grid.shape[0]))[0]
        cut = slab[: (last - first) * a, : height * b, : width * c]
        num_deep, num_high, num_wide = min(a, cut.shape[0]), min(b, cut.shape[1]), min(c, cut.shape[2])
        blocks = cut.reshape(last - first, num_deep, height, num_high, width, num_wide)
        self.voxels[first:last] = np.maximum(blocks, -1024).mean((1, 3, 5))


def lungs_of(volume: Volume | StoredVolume) -> Lungs:
    """Find the lungs of a CT in HU, which is read slab by slab."""
    coarse = CoarseScan(volume.grid)
    for start in coarse.starts:
        coarse.take(start, volume.read_slab)
    return find_lungs(coarse)


def find_lungs(coarse: CoarseScan) -> Lungs:
    """Find the lungs in the means of a scan, HU."""
    spacing = [step * factor for step, factor in zip(coarse.grid.spacing_mm, coarse.factors, strict=True)]
    is_lung = lung_regions(coarse.voxels, tuple(spacing), coarse.grid.orientation)
    depth = np.full(is_lung.shape, -_FAR_MM, np.float32)
    if is_lung.any():
        box, mask = _around(is_lung, spacing)
        depth[box] = _depth(_closed(mask, spacing), spacing)
    return Lungs(depth, coarse.factors)


def _around(is_lung: np.ndarray, spacing: list[float]) -> tuple[tuple[slice, ...], np.ndarray]:
    """Return the box around the lungs with some room, and what of the mask lies in it."""
    room = [int(np.ceil(_CLOSING_MM / step)) for step in spacing]
    found = find_objects(is_lung.astype(np.int8))[0]
    box = tuple(slice(max(part.start - more, 0), part.stop + more) for part, more in zip(found, room, strict=True))
    return box, is_lung[box]


def _closed(is_lung: np.ndarray, spacing: list[float]) -> np.ndarray:
    """Fill what a ball cannot enter from outside; the scan's own border is no outside of the lungs."""
    room = [int(np.ceil(_CLOSING_MM / step)) + 1 for step in spacing]
    padded = np.pad(is_lung, [(more, more) for more in room])
    grown = distance_transform_edt(~padded, sampling=spacing) <= _CLOSING_MM
    closed = distance_transform_edt(grown, sampling=spacing) > _CLOSING_MM
    inner = tuple(slice(more, -more) for more in room)
    return np.asarray(closed[inner] | is_lung)


def _depth(is_lung: np.ndarray, spacing: list[float]) -> np.ndarray:
    """Return the distance from the border of a mask, negative outside."""
    edge = min(spacing) / 2
    inside = np.where(is_lung, distance_transform_edt(is_lung, sampling=spacing) - edge, 0)
    outside = np.where(is_lung, 0, distance_transform_edt(~is_lung, sampling=spacing) - edge)
    return np.asarray(inside - outside, np.float32)
