"""How far the border of a found mask lies from the true one."""

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import binary_erosion, distance_transform_edt

from models.evaluation.measures import Measure
from models.evaluation.overlap import require_one_shape


def hausdorff95(truth: np.ndarray, found: np.ndarray, spacing_mm: Sequence[float]) -> float:
    """Return the 95th percentile of the distances between two borders, the larger of both directions.

    The largest distance (Hausdorff's) hangs on a single voxel; this one does not.

    Args:
        truth: bool, any number of axes.
        found: bool, of that shape.
        spacing_mm: Distance of two voxels along each axis.

    Returns:
        Millimetres; 0 where both masks are empty, not a number where one is: there is no distance then.

    Raises:
        ValueError: the shapes differ, or there is not one spacing above 0 for each axis.

    Source: Huttenlocher et al., IEEE TPAMI 15:850, 1993; the percentile as in the BraTS challenges. A voxel is of the
    border if one that shares a face with it is not in the mask, or lies outside the picture.
    """
    require_one_shape(truth, found)
    if len(spacing_mm) != truth.ndim or not all(spacing > 0 for spacing in spacing_mm):
        raise ValueError(f"spacing_mm must be {truth.ndim} numbers above 0, got {tuple(spacing_mm)}")
    if not truth.any() or not found.any():
        return 0.0 if truth.any() == found.any() else float("nan")
    within = _window(truth | found)
    borders = [_border(mask[within].astype(bool)) for mask in (truth, found)]
    ways = zip(borders, reversed(borders), strict=True)
    distances = [distance_transform_edt(~other, sampling=tuple(spacing_mm))[border] for border, other in ways]
    return float(max(np.percentile(some, 95) for some in distances))


def surface_measures() -> list[Measure[float]]:
    """Return the mean of the distances of many pictures, and in how many of them one of the masks was empty."""

    def mean_distance(distances: Sequence[float]) -> float:
        known = [one for one in distances if np.isfinite(one)]
        return float(np.mean(known)) if known else float("nan")

    return [
        Measure("hausdorff95_mm", "Distance of the borders (95 %)", mean_distance, "mm", "lower", is_headline=True),
        Measure(
            "one_mask_empty",
            "Pictures in which only one mask is empty",
            lambda distances: float(np.mean([not np.isfinite(one) for one in distances])),
            better="lower",
        ),
    ]


def _border(mask: np.ndarray) -> np.ndarray:
    return np.asarray(mask & ~binary_erosion(mask))


def _window(mask: np.ndarray) -> tuple[slice, ...]:
    """Return the box around what is in a mask: no distance between borders leads outside it."""
    occupied = [np.flatnonzero(mask.any(axis=tuple(set(range(mask.ndim)) - {axis}))) for axis in range(mask.ndim)]
    return tuple(slice(int(some[0]), int(some[-1]) + 1) for some in occupied)
