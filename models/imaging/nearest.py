"""Numbers on a grid at another size: each place takes the number of the nearest one."""

from collections.abc import Sequence

import numpy as np


def resized_numbers(layers: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """Return layers of numbers (L, H, W) at another size (H, W), each pixel the number of the nearest one."""
    rows, columns = (nearest_indices(old, new) for old, new in zip(layers.shape[1:], size, strict=True))
    return np.ascontiguousarray(layers[:, rows[:, None], columns])


def nearest_indices(old: int, new: int) -> np.ndarray:
    """Return for each place along an axis of a new length the nearest one along the old axis, int, (new,)."""
    return np.asarray(np.minimum(((np.arange(new) + 0.5) * old / new).astype(int), old - 1))
