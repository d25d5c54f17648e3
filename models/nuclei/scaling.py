"""How large nuclei are in a picture, and the picture at the scale at which they are as large as the networks know them.

Source: Hollandi et al., "nucleAIzer", Cell Systems 10:453, 2020: a first pass finds nuclei, the median of their
diameters gives the scale of the second. Differences: nuclei become 24 pixels wide, not 40, which a CPU is faster at;
the first pass looks at several scales, and nuclei weigh more the nearer they come to that size in theirs, and the
larger they are: what is a piece of a nucleus, or dust, counts little.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from models.detection.found import FoundObjects

NORMAL_DIAMETER = 24.0
"""Pixels of the median nucleus."""
FIRST_SCALES = (0.5, 1.0, 2.0)
MOST_PIXELS = 1_500_000
"""Of a picture that is enlarged; larger ones are looked at as they are."""
SCALE_LIMITS = (0.2, 4.0)
SURE = 0.5
"""Score from which a nucleus of the first pass counts."""


def estimate_diameter(looks: Sequence[tuple[float, FoundObjects]]) -> float | None:
    """Return the median diameter of the nuclei in pixels of the picture; None when none was found.

    Args:
        looks: at the picture enlarged so many times, and the nuclei found there, in pixels of the enlarged one.
    """
    diameters, weights = [], []
    for scale, found in looks:
        for placed, score in zip(found.masks, found.scores, strict=True):
            if score >= SURE:
                seen = 2 * np.sqrt(placed.area / np.pi)
                diameters.append(seen / scale)
                closeness = np.exp(-(np.log2(max(seen, 1) / NORMAL_DIAMETER) ** 2))
                weights.append(float(score) * closeness * placed.area / scale**2)
    if not diameters:
        return None
    order = np.argsort(diameters)
    shares = np.cumsum(np.array(weights)[order])
    return float(np.array(diameters)[order][np.searchsorted(shares, shares[-1] / 2)])


def normal_scale(diameter: float | None) -> float:
    """Return how many times a picture is enlarged so that its nuclei have the normal diameter."""
    return 1.0 if diameter is None else float(np.clip(NORMAL_DIAMETER / max(diameter, 1e-6), *SCALE_LIMITS))


def median_diameter(instances: np.ndarray) -> float | None:
    """Return the median diameter of numbered nuclei, pixels; None when there is none."""
    areas = np.bincount(instances.ravel())[1:]
    areas = areas[areas > 0]
    return float(np.median(2 * np.sqrt(areas / np.pi))) if len(areas) else None


def enlarged(pixels: np.ndarray, scale: float) -> np.ndarray:
    """Return a picture (H, W) or (H, W, C) so many times as large, at least 16 pixels each way."""
    height, width = (max(round(length * scale), 16) for length in pixels.shape[:2])
    return resized(pixels, (height, width))


def resized(pixels: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """Return a picture at another size (H, W), smoothly."""
    shrinks = size[0] < pixels.shape[0]
    made = cv2.resize(pixels, (size[1], size[0]), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return np.asarray(made)
