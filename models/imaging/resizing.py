"""Pictures, and the numbers of what is marked in them, at another size."""

from collections.abc import Sequence

import cv2
import numpy as np


def resized(pixels: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """Return a picture (H, W) or (H, W, C), of at most four channels, at another size (H, W), smoothly."""
    height, width = size
    shrinks = height < pixels.shape[0]
    made = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return np.asarray(made.reshape(height, width, *pixels.shape[2:]))


def resized_numbers(layers: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """Return layers of numbers (L, H, W) at another size (H, W), each pixel the number of the nearest one."""
    rows, columns = (nearest_indices(old, new) for old, new in zip(layers.shape[1:], size, strict=True))
    return np.ascontiguousarray(layers[:, rows[:, None], columns])


def nearest_indices(old: int, new: int) -> np.ndarray:
    """Return for each place along an axis of a new length the nearest one along the old axis, int, (new,)."""
    return np.asarray(np.minimum(((np.arange(new) + 0.5) * old / new).astype(int), old - 1))
