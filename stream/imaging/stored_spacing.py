"""The spacing of voxels in formats that need not tell it."""

from collections.abc import Sequence

import numpy as np

from models.imaging.voxel_grid import VoxelGrid
from stream.errors import SourceRefused
from stream.imaging.budget import placed_grid

LENGTHS_MM = {
    "nm": 1e-6,
    "um": 1e-3,
    "µm": 1e-3,
    "μm": 1e-3,
    "micron": 1e-3,
    "microns": 1e-3,
    "mm": 1.0,
    "millimeter": 1.0,
    "cm": 10.0,
    "m": 1e3,
    "meter": 1e3,
    "inch": 25.4,
}


def spaced_grid(
    source: object, shape: Sequence[int], told: Sequence[float] | None, given: Sequence[float] | None
) -> VoxelGrid:
    """Return a grid with the spacing, in mm along d, h and w, that the user gave, or else that the file tells.

    Raises:
        SourceRefused: neither does, or it is not positive.
    """
    spacing = given if given is not None else told
    if spacing is None or len(spacing) != 3 or not all(length > 0 for length in spacing):
        found = "none in the file" if spacing is None else f"{[float(length) for length in spacing]}"
        raise SourceRefused(
            f"{source}: required the spacing of voxels, found {found}; say it, as three lengths in mm along slices, "
            "rows and columns"
        )
    affine = np.eye(4)[[2, 1, 0, 3]] * (*spacing, 1.0)
    return placed_grid(source, shape, affine)
