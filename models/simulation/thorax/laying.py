"""Lays a nodule into voxels: each takes the share of it that lies within, and the truth is measured on its parts."""

from dataclasses import dataclass

import numpy as np

from models.simulation.thorax.nodule import Nodule
from models.simulation.thorax.truth import NoduleTruth

_PART_MM = 0.55
_CORE = 0.55
"""Of the whole's radius."""
_MOST_PARTS = 5


@dataclass(frozen=True, eq=False)
class Parts:
    """The finest parts of the voxels around a nodule."""

    box: tuple[slice, slice, slice]
    counts: tuple[int, int, int]
    """Parts of a voxel along each axis."""
    offsets: np.ndarray
    """From the nodule's middle, x, y and z, (N, 3)."""
    volume_mm3: float
    """Of one part."""

    def share(self, inside: np.ndarray) -> np.ndarray:
        """Return which share of each voxel of the box the parts fill, float32."""
        depth, height, width = (part.stop - part.start for part in self.box)
        a, b, c = self.counts
        return np.asarray(inside.reshape(depth, a, height, b, width, c).mean((1, 3, 5), dtype=np.float32))


def part_counts(spacing_mm: tuple[float, float, float]) -> tuple[int, int, int]:
    """Return how many parts a voxel has along each axis."""
    first, second, third = (min(max(round(step / _PART_MM), 1), _MOST_PARTS) for step in spacing_mm)
    return first, second, third


def lay(
    nodule: Nodule,
    number: int,
    parts: Parts,
    inside: np.ndarray,
    *,
    voxels: np.ndarray,
    labels: np.ndarray,
    noise: np.ndarray | float = 0.0,
    shift_mm: np.ndarray | float = 0.0,
) -> NoduleTruth:
    """Lay a nodule into voxels and label map, in place; its voxels are those that it fills for the most part.

    Args:
        nodule: what it is like.
        number: in the label map.
        parts: around it.
        inside: which parts are the nodule, bool (N,), at least one.
        voxels: HU, float32, (D, H, W).
        labels: numbers of nodules, (D, H, W).
        noise: HU, of the box: of what lies in a voxel, the share that is the nodule has this noise.
        shift_mm: from the nodule's own coordinates to the patient's.
    """
    share = parts.share(inside)
    where = voxels[parts.box]
    where += share * (np.maximum(where, nodule.hu) - where)
    if nodule.core_hu is not None:
        core = parts.share(inside & nodule.shape.contains(parts.offsets, _CORE))
        where += core * (np.maximum(where, nodule.core_hu) - where)
    where += share * noise
    mask = share >= 0.5
    if not mask.any():
        mask = share == share.max()
    labels[parts.box][mask] = number
    volume = float(inside.sum() * parts.volume_mm3)
    x, y, z = (float(at) for at in parts.offsets[inside].mean(0) + nodule.centre + shift_mm)
    return NoduleTruth(
        number=number,
        centre_mm=(round(x, 3), round(y, 3), round(z, 3)),
        diameter_mm=round((6 * volume / np.pi) ** (1 / 3), 3),
        volume_mm3=round(volume, 2),
        kind=nodule.kind,
        place=nodule.place,
        outline=nodule.shape.outline,
    )
