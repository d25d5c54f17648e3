"""Round nuclei in a picture, and what a U-Net that knows them would say."""

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from models.detection.found import FoundObjects, PlacedMask
from models.nuclei.merging import objects_of

Disc = tuple[float, float, float]
"""Row, column and radius."""


def numbers_of(discs: Sequence[Disc], size: tuple[int, int]) -> np.ndarray:
    """Return discs as numbers, int32, later ones on top."""
    rows, columns = np.mgrid[: size[0], : size[1]]
    numbers = np.zeros(size, np.int32)
    for number, (row, column, radius) in enumerate(discs, start=1):
        numbers[(rows - row) ** 2 + (columns - column) ** 2 <= radius**2] = number
    return numbers


def objects_in(numbers: np.ndarray, scores: Sequence[float] | None = None) -> FoundObjects:
    """Return numbered discs as found objects."""
    masks = [
        PlacedMask(tuple(side.start for side in place), numbers[place] == number)
        for number, place in enumerate(ndimage.find_objects(numbers), start=1)
        if place is not None
    ]
    return objects_of(list(zip(scores or [0.9] * len(masks), masks, strict=True)))


def probabilities_of(numbers: np.ndarray) -> np.ndarray:
    """Return ground, inside and rim of numbered discs, float32, (3, H, W), nearly sure."""
    low, high = ndimage.minimum_filter(numbers, 3), ndimage.maximum_filter(numbers, 3)
    inside, rim = (numbers > 0) & (low == high), (numbers > 0) & (low != high)
    made = np.stack([numbers == 0, inside, rim]).astype(np.float32)
    return np.asarray(0.04 + 0.9 * made)
