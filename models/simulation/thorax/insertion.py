"""Sets nodules into a scan: voxels take the share that lies within, and the truth is measured on the parts."""

from dataclasses import dataclass

import numpy as np

from models.simulation.thorax.chest import Chest
from models.simulation.thorax.lattice import Lattice
from models.simulation.thorax.nodules import Nodule
from models.simulation.thorax.truth import NoduleTruth

_PART_MM = 0.55
_CORE = 0.55
"""Of the whole's radius."""
_MOST_PARTS = 5


@dataclass(frozen=True, eq=False)
class _Parts:
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


def insert(
    nodule: Nodule, number: int, chest: Chest, lattice: Lattice, voxels: np.ndarray, labels: np.ndarray
) -> NoduleTruth | None:
    """Set a nodule into voxels (HU, float32) and label map, in place; None where no voxel shows it.

    Only what lies within the lung is the nodule; its voxels are those that it fills for the most part.
    """
    parts = _parts_around(nodule, lattice)
    inside = nodule.shape.contains(parts.offsets)
    places = parts.offsets[inside] + nodule.centre
    inside[inside] = chest.lung(nodule.side, *places.T) < 0
    if not inside.any():
        return None
    share = parts.share(inside)
    where = voxels[parts.box]
    where += share * (np.maximum(where, nodule.hu) - where)
    if nodule.core_hu is not None:
        core = parts.share(inside & nodule.shape.contains(parts.offsets, _CORE))
        where += core * (np.maximum(where, nodule.core_hu) - where)
    mask = share >= 0.5
    if not mask.any():
        mask = share == share.max()
    labels[parts.box][mask] = number
    volume = float(inside.sum() * parts.volume_mm3)
    x, y, z = (float(at) for at in parts.offsets[inside].mean(0) + nodule.centre + lattice.table_mm)
    return NoduleTruth(
        number=number,
        centre_mm=(round(x, 3), round(y, 3), round(z, 3)),
        diameter_mm=round((6 * volume / np.pi) ** (1 / 3), 3),
        volume_mm3=round(volume, 2),
        kind=nodule.kind,
        place=nodule.place,
        outline=nodule.shape.outline,
    )


def _parts_around(nodule: Nodule, lattice: Lattice) -> _Parts:
    reach = nodule.shape.reach_mm + max(lattice.spacing_mm)
    middle = nodule.centre[::-1]  # z, y, x
    box = lattice.box(middle - reach, middle + reach)
    first, second, third = (min(max(round(step / _PART_MM), 1), _MOST_PARTS) for step in lattice.spacing_mm)
    counts = (first, second, third)
    z, y, x = np.broadcast_arrays(*lattice.mesh(box, counts))
    offsets = np.stack((x.ravel(), y.ravel(), z.ravel()), 1) - nodule.centre
    return _Parts(box, counts, offsets, float(np.prod(lattice.spacing_mm)) / float(np.prod(counts)))
