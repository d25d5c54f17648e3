"""Slices of a CT as the slice-wise detector of nodules sees them.

Source: Liu et al., "Segmentation of lung nodule in CT images based on Mask R-CNN", iCAST 2018. Their window was not
available to us: -1000 to 400 HU is ours. They gave the network one slice in all its channels; here the slices a little
below and above are the first and the last, since in one slice alone many a vessel looks like a nodule.
"""

import numpy as np

from models.imaging.resizing import resized
from models.nodules.views import HIGH_HU, LOW_HU

PIXEL_MM = 0.4
"""Size of a pixel of what is looked at: the smallest nodules are ten of them wide."""
NEIGHBOUR_MM = 2.0
"""About how far below and above the other slices lie."""


def shades_of(plane: np.ndarray) -> np.ndarray:
    """Return a slice in HU (H, W) as grey, uint8, 0 for LOW_HU to 255 for HIGH_HU."""
    shades = (plane - LOW_HU) / (HIGH_HU - LOW_HU) * 255
    return np.asarray(np.clip(np.rint(shades), 0, 255), np.uint8)


def neighbours(index: int, num_slices: int, slice_mm: float) -> tuple[int, int, int]:
    """Return the indices of the slices that are looked at together: one below, the slice itself, and one above.

    At the ends of a scan the slice itself stands for what is missing.
    """
    step = max(round(NEIGHBOUR_MM / slice_mm), 1)
    below, above = index - step, index + step
    return below if below >= 0 else index, index, above if above < num_slices else index


def seen_slices(planes: np.ndarray, spacing_mm: tuple[float, float]) -> np.ndarray:
    """Return three slices as the channels of one picture, at the size of pixel that is looked at.

    Args:
        planes: HU, (3, H, W).
        spacing_mm: size of their pixels, along H and W.

    Returns:
        uint8, (h, w, 3).
    """
    size = [max(round(n * step / PIXEL_MM), 1) for n, step in zip(planes.shape[1:], spacing_mm, strict=True)]
    return np.stack([resized(shades_of(plane), size) for plane in planes], axis=-1)
