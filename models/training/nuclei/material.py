"""Pictures of nuclei as training reads them: of one look, and at the scale at which nuclei are of normal size."""

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from models.imaging.nearest import resized_numbers
from models.imaging.numbered_boxes import numbered_boxes
from models.networks.nuclei import GROUND, INSIDE, NORMAL_DIAMETER, RIM
from models.nuclei.look import unified_look
from models.nuclei.scaling import enlarged, median_diameter, normal_scale, numbered_areas
from models.training.batches import Batch
from models.training.pictures.labelled import LabelledPicture

CLASS, DOWN, RIGHT, CENTRE = range(4)
"""What is true of a pixel: ground 0, inside 1 or rim 2; the way to the centre in normal diameters; how near it is."""
RIM_PIXELS = 2
"""How thick the rim of a nucleus is, at the normal scale."""
CENTRE_SHARE = 0.12
"""Of a nucleus's diameter: standard deviation of the bell around its centre."""
SMALLEST_CENTRE_PIXELS = 1.6
REACH = 3
"""Standard deviations beyond which the bell is 0."""


def normalised(picture: LabelledPicture) -> LabelledPicture:
    """Return a picture as the network sees it."""
    scale = normal_scale(median_diameter(numbered_areas(picture.layers[0])))
    pixels = enlarged(unified_look(picture.pixels), scale)
    return picture.with_views(pixels, resized_numbers(picture.layers, pixels.shape[:2]))


def nuclei_batch(views: Sequence[LabelledPicture], _first: int) -> Batch:
    """Return views and what is true of their pixels."""
    return Batch(np.stack([view.pixels for view in views]), np.stack([truth_of(view) for view in views]))


def truth_of(picture: LabelledPicture) -> np.ndarray:
    """Return what is true of every pixel, float32, (4, H, W), in the order of the constants."""
    numbers = picture.layers[0]
    truth = np.zeros((4, *numbers.shape), np.float32)
    truth[CLASS] = rims_and_insides(numbers)
    rows, columns = np.indices(numbers.shape, np.float32)
    for number, place in numbered_boxes(numbers):
        mask = numbers[place] == number
        row, column = float(rows[place][mask].mean()), float(columns[place][mask].mean())
        truth[DOWN][place][mask] = (row - rows[place][mask]) / NORMAL_DIAMETER
        truth[RIGHT][place][mask] = (column - columns[place][mask]) / NORMAL_DIAMETER
        spread = max(CENTRE_SHARE * 2 * float(np.sqrt(mask.sum() / np.pi)), SMALLEST_CENTRE_PIXELS)
        near = tuple(slice(max(int(at - REACH * spread), 0), int(at + REACH * spread) + 2) for at in (row, column))
        squares = (rows[near] - row) ** 2 + (columns[near] - column) ** 2
        truth[CENTRE][near] = np.maximum(truth[CENTRE][near], np.exp(-squares / (2 * spread**2)))
    return truth


def rims_and_insides(numbers: np.ndarray) -> np.ndarray:
    """Return of numbered nuclei (H, W) what is ground, inside or rim: 0, 1 or 2."""
    low = ndimage.minimum_filter(numbers, size=2 * RIM_PIXELS + 1, mode="nearest")
    high = ndimage.maximum_filter(numbers, size=2 * RIM_PIXELS + 1, mode="nearest")
    return np.where(numbers == 0, 0, np.where(low == high, INSIDE, RIM) - GROUND)
