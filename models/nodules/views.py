"""Three orthogonal views of a nodule, as a classifier of perifissural nodules sees them.

Source: Ciompi et al., "Automatic classification of pulmonary peri-fissural nodules in computed tomography using an
ensemble of 2D views and a convolutional neural network out-of-the-box", Medical Image Analysis 26:195, 2015: HU are
scaled to 0..255, and axial, coronal and sagittal views are looked at. Window, field of view and number of pixels were
not available to us; they are ours.
"""

from collections.abc import Callable

import numpy as np
from scipy.ndimage import map_coordinates

from models.imaging.voxel_grid import VoxelGrid

VIEWS = ("axial", "coronal", "sagittal")
LOW_HU, HIGH_HU = -1000.0, 400.0
SIDE, FIELD_MM = 96, 32.0
_PLANES = (((0, -1, 0), (1, 0, 0)), ((0, 0, 1), (1, 0, 0)), ((0, 0, 1), (0, 1, 0)))
"""Which way is up, and which to the right, in each view: x, y and z, LPS."""


def cut_views(
    read_slab: Callable[[int, int], np.ndarray], grid: VoxelGrid, centre_mm: tuple[float, float, float]
) -> np.ndarray:
    """Return the views of a place, the same whatever the scan's orientation.

    Args:
        read_slab: returns slices from one up to another, HU, (1, d, H, W).
        grid: of the scan.
        centre_mm: LPS.

    Returns:
        uint8, (3, SIDE, SIDE); what lies outside of the scan is as its border.
    """
    steps = (np.arange(SIDE) - (SIDE - 1) / 2) * FIELD_MM / SIDE
    places = np.stack(
        [
            np.asarray(centre_mm) - steps[:, None, None] * np.array(up) + steps[None, :, None] * np.array(along)
            for up, along in _PLANES
        ]
    )  # (3, SIDE, SIDE, 3)
    index = grid.indices(places.reshape(-1, 3))
    start = int(np.clip(np.floor(index[:, 0].min()), 0, grid.shape[0] - 1))
    stop = int(np.clip(np.ceil(index[:, 0].max()) + 1, start + 1, grid.shape[0]))
    slab = read_slab(start, stop)[0]
    index[:, 0] -= start
    values = map_coordinates(slab, index.T, order=1, mode="nearest").reshape(len(_PLANES), SIDE, SIDE)
    shades = (values - LOW_HU) / (HIGH_HU - LOW_HU) * 255
    return np.asarray(np.clip(np.rint(shades), 0, 255), np.uint8)
