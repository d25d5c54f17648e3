"""The lungs of a scan with voxels of one size, whatever the scan's own spacing and orientation.

The axes stay those of the file: what looks for nodules looks the same from every side.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from models.imaging.volume import StoredVolume, Volume
from models.imaging.voxel_grid import VoxelGrid
from models.nodules.lung_mask import CoarseScan, Lungs, ReadSlab, find_lungs

STEP_MM = 1.25
"""Distance between voxels."""
LOW_HU, HIGH_HU = -1000.0, 100.0
"""Become 0 and 1: no nodule is told from another beyond."""
PARENCHYMA = 0.14
"""Value that stands for everything outside of the lungs."""
_MARGIN_MM = 20.0
MAX_VOXELS = 60_000_000
_SLICES_AT_ONCE = 24


@dataclass(frozen=True, eq=False)
class LungScan:
    """The box around the lungs."""

    voxels: np.ndarray
    """float32 from 0 (air) to 1 (tissue), (D, H, W), the body around the lungs included."""
    depth_mm: np.ndarray
    """How deep within the lungs each voxel lies, negative outside, float32."""
    grid: VoxelGrid
    """Of these voxels, in the patient."""


def lung_scan(volume: Volume | StoredVolume) -> LungScan | None:
    """Read a scan; None when no lung is in it.

    Raises:
        ValueError: as `LungReader.require_hounsfield`.
    """
    reader = LungReader(volume)
    for _ in reader.steps():
        pass
    return reader.scan


class LungReader:
    """Reads a scan twice, a few slices at a time: coarsely to find the lungs, then what lies around them."""

    def __init__(self, volume: Volume | StoredVolume) -> None:
        self._grid, self._source = volume.grid, volume.source_id
        self._read: ReadSlab = volume.read_slab
        self.scan: LungScan | None = None
        """What was read, after all steps; None when no lung was found."""
        self.num_steps = 2 * len(CoarseScan(volume.grid).starts)
        """About how many steps there will be."""

    def steps(self) -> Iterator[int]:
        """Read; yields the number of steps done so far after each.

        Raises:
            ValueError: the values are none of a CT in HU, or the lungs would take too much memory.
        """
        coarse, done = CoarseScan(self._grid), 0
        for start in coarse.starts:
            coarse.take(start, self._read)
            done += 1
            yield done
        require_hounsfield(coarse.voxels, self._source)
        lungs = find_lungs(coarse)
        if lungs.are_there:
            filling = _Filling(self._grid, lungs, self._source)
            for start in filling.starts:
                filling.take(start, self._read)
                done += 1
                yield done
            self.scan = filling.scan


def require_hounsfield(voxels: np.ndarray, source: str) -> None:
    """Refuse what is no CT by its values.

    Raises:
        ValueError: there is neither air nor anything denser, as in every CT of a body.
    """
    low, high = float(voxels.min()), float(voxels.max())
    if low > -300 or high < -300:
        raise ValueError(
            f"{source}: required a CT in HU, with air near -1000 and tissue above -200, found values from {low:.0f} to "
            f"{high:.0f}; choose another model, or rescale the values"
        )


class _Filling:
    """The box around the lungs while it is read."""

    def __init__(self, grid: VoxelGrid, lungs: Lungs, source: str) -> None:
        self._stored, spacing = grid, np.array(grid.spacing_mm)
        self._per_voxel = STEP_MM / spacing
        """Voxels of the scan to one of the box."""
        first = np.array([part.start for part in lungs.box()]) - _MARGIN_MM / spacing
        last = np.array([part.stop for part in lungs.box()]) + _MARGIN_MM / spacing
        self._first = np.maximum(first, 0)
        last = np.minimum(last, np.array(grid.shape) - 1)
        counts = np.maximum(np.floor((last - self._first) / self._per_voxel).astype(int) + 1, 2)
        if np.prod(counts) > MAX_VOXELS:
            raise ValueError(f"{source}: required lungs of a human, found some of {counts * STEP_MM} mm")
        depth, height, width = (int(count) for count in counts)
        affine = grid.affine.copy()
        affine[:3, :3] *= self._per_voxel
        affine[:3, 3] = grid.positions_mm(self._first[None])[0]
        voxels = np.empty((depth, height, width), np.float32)
        self.scan = LungScan(voxels, self._depth(lungs, voxels.shape), VoxelGrid(voxels.shape, affine))

    @property
    def starts(self) -> range:
        """First slice of the box of each slab."""
        return range(0, self.scan.voxels.shape[0], _SLICES_AT_ONCE)

    def take(self, start: int, read: ReadSlab) -> None:
        """Fill some slices of the box."""
        places = self._first[0] + self._per_voxel[0] * np.arange(self.scan.voxels.shape[0])[start:][:_SLICES_AT_ONCE]
        low = int(places[0])
        slab = read(low, min(int(places[-1]) + 2, self._stored.shape[0]))[0]
        planes = np.stack([self._plane(plane) for plane in slab])
        self.scan.voxels[start : start + len(places)] = _between(planes, places - low)

    def _plane(self, plane: np.ndarray) -> np.ndarray:
        """Return a slice of the scan at the box's places, 0..1."""
        values = np.clip((plane - LOW_HU) / (HIGH_HU - LOW_HU), 0, 1).astype(np.float32)
        shrink = self._per_voxel[1:].max()
        if shrink > 1.3:  # what is left out must not come back as false detail
            values = np.asarray(cv2.GaussianBlur(values, (0, 0), 0.4 * shrink))
        return _sampled(values, self._first[1:], self._per_voxel[1:], self.scan.voxels.shape[1:])

    def _depth(self, lungs: Lungs, shape: tuple[int, int, int]) -> np.ndarray:
        factors = np.array(lungs.factors)
        first, step = (self._first - (factors - 1) / 2) / factors, self._per_voxel / factors
        places = np.clip(first[0] + step[0] * np.arange(shape[0]), 0, len(lungs.depth_mm) - 1)
        needed = lungs.depth_mm[int(places[0]) : int(places[-1]) + 2]
        planes = np.stack([_sampled(plane, first[1:], step[1:], shape[1:]) for plane in needed])
        return _between(planes, places - int(places[0]))


def _sampled(plane: np.ndarray, first: np.ndarray, step: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return the values of a plane at evenly spaced places, float32."""
    turn = np.array([[step[1], 0, first[1]], [0, step[0], first[0]]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(plane, turn, shape[::-1], flags=flags, borderMode=cv2.BORDER_REPLICATE))


def _between(planes: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return planes interpolated at fractions of their order, float32."""
    low = np.clip(places.astype(int), 0, len(planes) - 1)
    high = np.minimum(low + 1, len(planes) - 1)
    share = (places - low).astype(np.float32)[:, None, None]
    return np.asarray(planes[low] + share * (planes[high] - planes[low]), np.float32)
