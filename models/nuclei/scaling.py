"""How large nuclei are in a picture, and the picture at the scale at which they are as large as the networks know them.

Source: Hollandi et al., "nucleAIzer", Cell Systems 10:453, 2020: a first pass finds nuclei, the median of their
diameters gives the scale of the second. Differences: nuclei become 24 pixels wide, not 40, which a CPU is faster at;
the first pass looks at several scales, and nuclei weigh more the nearer they come to that size in theirs, and the
larger they are: what is a piece of a nucleus, or dust, counts little. That makes nuclei somewhat too large; one look at
the scale so found gives the median itself.
"""

import math
from collections.abc import Sequence

import numpy as np

from models.detection.found import FoundObjects
from models.imaging.resizing import resized
from models.networks.nuclei import NORMAL_DIAMETER

FIRST_SCALES = (0.5, 1.0, 2.0)
MOST_PIXELS = 1_500_000
"""Of a picture that is enlarged in the first pass; larger ones are looked at as they are."""
MOST_VIEWED_PIXELS = 2**24
"""Of a picture that is enlarged to the normal scale."""
SCALE_LIMITS = (0.2, 4.0)
KNOWN_OCTAVES = 0.7
"""How far from the normal size a nucleus is known about as well."""
SIZE_POWER = 1.5
"""Of the diameter: less, and pieces and dust decide; more, and a single blot does."""
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
                closeness = np.exp(-((np.log2(max(seen, 1) / NORMAL_DIAMETER) / KNOWN_OCTAVES) ** 2))
                weights.append(float(score) * closeness * (seen / scale) ** SIZE_POWER)
    if not diameters:
        return None
    order = np.argsort(diameters)
    shares = np.cumsum(np.array(weights)[order])
    return float(np.array(diameters)[order][np.searchsorted(shares, shares[-1] / 2)])


def normal_scale(diameter: float | None) -> float:
    """Return how many times a picture is enlarged so that its nuclei have the normal diameter."""
    return 1.0 if diameter is None else float(np.clip(NORMAL_DIAMETER / max(diameter, 1e-6), *SCALE_LIMITS))


def viewable_scale(scale: float, size: Sequence[int]) -> float:
    """Return a scale at which a picture (H, W) that is enlarged does not become too large to be looked at."""
    return min(scale, max(math.sqrt(MOST_VIEWED_PIXELS / (size[0] * size[1])), 1.0))


def first_scales(size: Sequence[int]) -> list[float]:
    """Return the scales of the first pass: large pictures (H, W) are not enlarged."""
    return [scale for scale in FIRST_SCALES if scale <= 1 or size[0] * size[1] * scale**2 < MOST_PIXELS]


def median_diameter(areas: Sequence[int]) -> float | None:
    """Return the median diameter of nuclei of these areas, which are numbers of pixels; None when there is none."""
    return float(np.median(2 * np.sqrt(np.array(areas) / np.pi))) if areas else None


def numbered_areas(numbers: np.ndarray) -> list[int]:
    """Return the areas of numbered nuclei, in the order of their numbers."""
    counts = np.bincount(numbers.ravel())[1:]
    return [int(area) for area in counts[counts > 0]]


def enlarged(pixels: np.ndarray, scale: float) -> np.ndarray:
    """Return a picture (H, W) or (H, W, C) so many times as large, at least 16 pixels each way."""
    height, width = (max(round(length * scale), 16) for length in pixels.shape[:2])
    return resized(pixels, (height, width))
