"""Sets nodules into a simulated chest."""

import numpy as np

from models.simulation.thorax.chest import Chest
from models.simulation.thorax.lattice import Lattice
from models.simulation.thorax.laying import Parts, lay, part_counts
from models.simulation.thorax.nodule import Nodule
from models.simulation.thorax.truth import NoduleTruth


def insert(
    nodule: Nodule, number: int, chest: Chest, lattice: Lattice, voxels: np.ndarray, labels: np.ndarray
) -> NoduleTruth | None:
    """Set a nodule into voxels (HU, float32) and label map, in place; None where no voxel shows it.

    Only what lies within the lung is the nodule.
    """
    parts = _parts_around(nodule, lattice)
    inside = nodule.shape.contains(parts.offsets)
    places = parts.offsets[inside] + nodule.centre
    inside[inside] = chest.lung(nodule.side, *places.T) < 0
    if not inside.any():
        return None
    return lay(nodule, number, parts, inside, voxels=voxels, labels=labels, shift_mm=lattice.table_mm)


def _parts_around(nodule: Nodule, lattice: Lattice) -> Parts:
    reach = nodule.shape.reach_mm + max(lattice.spacing_mm)
    middle = nodule.centre[::-1]  # z, y, x
    box, counts = lattice.box(middle - reach, middle + reach), part_counts(lattice.spacing_mm)
    z, y, x = np.broadcast_arrays(*lattice.mesh(box, counts))
    offsets = np.stack((x.ravel(), y.ravel(), z.ravel()), 1) - nodule.centre
    return Parts(box, counts, offsets, float(np.prod(lattice.spacing_mm)) / float(np.prod(counts)))
