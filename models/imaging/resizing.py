"""Pictures at another size."""

from collections.abc import Sequence

import cv2
import numpy as np


def resized(pixels: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """Return a picture (H, W) or (H, W, C), of at most four channels, at another size (H, W), smoothly."""
    height, width = size
    shrinks = height < pixels.shape[0]
    made = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return np.asarray(made.reshape(height, width, *pixels.shape[2:]))
