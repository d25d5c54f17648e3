"""Slices of a CT as the slice-wise detector of nodules sees them.

Source: Liu et al., "Segmentation of lung nodule in CT images based on Mask R-CNN", iCAST 2018. Their window was not
available to us: -1000 to 400 HU is ours.
"""

import cv2
import numpy as np

from models.nodules.views import HIGH_HU, LOW_HU

PIXEL_MM = 0.4
"""Size of a pixel of what is looked at: the smallest nodules are ten of them wide."""


def shades_of(plane: np.ndarray) -> np.ndarray:
    """Return a slice in HU (H, W) as grey, uint8, 0 for LOW_HU to 255 for HIGH_HU."""
    shades = (plane - LOW_HU) / (HIGH_HU - LOW_HU) * 255
    return np.asarray(np.clip(np.rint(shades), 0, 255), np.uint8)


def seen_slice(plane: np.ndarray, spacing_mm: tuple[float, float]) -> np.ndarray:
    """Return a slice in HU (H, W) as grey at the size of pixel that is looked at, uint8, (h, w)."""
    height, width = (max(round(n * step / PIXEL_MM), 1) for n, step in zip(plane.shape, spacing_mm, strict=True))
    shades = shades_of(plane)
    shrinks = height < plane.shape[0]
    way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(shades, (width, height), interpolation=way))
