"""Pictures of nuclei as training reads them: of one look, and at the scale at which nuclei are of normal size."""

import numpy as np
from scipy import ndimage

from models.networks.nuclei import INSIDE, RIM
from models.nuclei.look import unified_look
from models.nuclei.scaling import enlarged, median_diameter, normal_scale
from models.training.pictures.labelled import LabelledPicture
from models.training.pictures.views import resize_numbers

RIM_PIXELS = 2
"""How thick the rim of a nucleus is, at the normal scale."""
_SQUARE = ndimage.generate_binary_structure(2, 2)


def normalised(picture: LabelledPicture) -> LabelledPicture:
    """Return a picture as the networks see it."""
    scale = normal_scale(median_diameter(picture.layers[0]))
    pixels = enlarged(unified_look(picture.pixels), scale)
    return picture.with_views(pixels, resize_numbers(picture.layers, pixels.shape[:2]))


def rims_and_insides(picture: LabelledPicture) -> np.ndarray:
    """Return what the U-Net learns of a picture: ground, inside or rim, int64, (H, W)."""
    numbers = picture.layers[0]
    low = ndimage.minimum_filter(numbers, size=2 * RIM_PIXELS + 1, mode="nearest")
    high = ndimage.maximum_filter(numbers, size=2 * RIM_PIXELS + 1, mode="nearest")
    return np.where(numbers == 0, 0, np.where(low == high, INSIDE, RIM)).astype(np.int64)
