"""Round nuclei in a picture, and what a network that knows them would say."""

from collections.abc import Sequence

import numpy as np

from models.detection.found import FoundObjects, PlacedMask
from models.imaging.numbered_boxes import numbered_boxes
from models.nuclei.grouping import objects_of
from models.nuclei.maps import NucleusMaps

Disc = tuple[float, float, float]
"""Row, column and radius."""


def numbers_of(discs: Sequence[Disc], size: tuple[int, int]) -> np.ndarray:
    """Return discs as numbers, int32, later ones on top."""
    rows, columns = np.mgrid[: size[0], : size[1]]
    numbers = np.zeros(size, np.int32)
    for number, (row, column, radius) in enumerate(discs, start=1):
        numbers[(rows - row) ** 2 + (columns - column) ** 2 <= radius**2] = number
    return numbers


def objects_in(numbers: np.ndarray) -> FoundObjects:
    """Return numbered discs as found objects."""
    masks = [
        PlacedMask(tuple(side.start for side in box), numbers[box] == number) for number, box in numbered_boxes(numbers)
    ]
    return objects_of([(0.9, mask) for mask in masks])


def maps_of(numbers: np.ndarray, *, centre: float = 0.9) -> NucleusMaps:
    """Return maps of numbered discs, nearly sure, with centres of a probability."""
    values = np.zeros((*numbers.shape, 5), np.float32)
    for number in np.unique(numbers[numbers > 0]):
        places = np.argwhere(numbers == number)
        middle = places.mean(0)
        values[places[:, 0], places[:, 1], 1:3] = middle - places
        values[(*np.rint(middle).astype(int), 0)] = centre
    values[..., 3] = values[..., 4] = np.where(numbers > 0, 0.95, 0.05)
    return NucleusMaps(values)
