"""Brings the values of volumes, whatever their unit, into one range for networks that find objects."""

import numpy as np

DARK, LIGHT = 0.5, 99.5
"""Percentiles of the values that become 0 and 1."""


def unit_range(voxels: np.ndarray) -> np.ndarray:
    """Return values in 0..1, float32, of the same shape; what lies beyond the percentiles is cut off."""
    low, high = np.percentile(voxels, (DARK, LIGHT))
    return np.asarray(np.clip((voxels - low) / max(high - low, 1e-12), 0, 1), np.float32)
