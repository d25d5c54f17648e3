"""How much each pixel counts in training, so that a network learns the narrow gaps between touching cells.

Source: Ronneberger et al. 2015, arXiv:1505.04597, section 3: w = w_c + w0 exp(-(d1 + d2)^2 / (2 sigma^2)), with the
distances d1 and d2 to the nearest and to the second nearest cell. What the paper leaves open: here w_c gives every
class the same sum and all pixels a mean of 1, and the second term is for the background, where the gaps are.
"""

import numpy as np
from scipy.ndimage import distance_transform_edt

from models.imaging.numbered_boxes import numbered_boxes

FAR = 6.0
"""In units of sigma: cells further away add less than 2e-8 of `border_weight`."""


def border_weights(instances: np.ndarray, *, border_weight: float = 10.0, sigma_pixels: float = 5.0) -> np.ndarray:
    """Return the weight of every pixel (or voxel).

    Args:
        instances: Integers, (H, W) or (D, H, W): 0 is background, every cell has a number of its own.
        border_weight: w0, what a gap of no width adds.
        sigma_pixels: How wide gaps may be.

    Returns:
        float32, of that shape, above 0.

    Raises:
        ValueError: the instances are no integers of at least 0, or a number is not above 0.
    """
    if not np.issubdtype(instances.dtype, np.integer) or (instances.size and instances.min() < 0):
        raise ValueError(f"instances must be integers of at least 0, got {instances.dtype} from {instances.min()}")
    if border_weight < 0 or sigma_pixels <= 0:
        raise ValueError(f"border_weight >= 0 and sigma_pixels > 0 required, got {border_weight} and {sigma_pixels}")
    background = instances == 0
    nearest, second = _two_nearest(instances, reach=int(np.ceil(FAR * sigma_pixels)))
    gaps = border_weight * np.exp(-((nearest + second) ** 2) / (2 * sigma_pixels**2))
    return np.asarray(balance_weights(~background) + np.where(background, gaps, 0), dtype=np.float32)


def balance_weights(classes: np.ndarray) -> np.ndarray:
    """Return weights with a mean of 1 that give every class of the picture the same sum; float32, of that shape."""
    _, numbers, counts = np.unique(classes, return_inverse=True, return_counts=True)
    weights = classes.size / (len(counts) * counts)
    return np.asarray(weights[numbers].reshape(classes.shape), dtype=np.float32)


def _two_nearest(instances: np.ndarray, reach: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the distances to the nearest and to the second nearest cell, infinite beyond `reach`."""
    nearest = np.full(instances.shape, np.inf)
    second = nearest.copy()
    for number, box in numbered_boxes(instances):
        window = tuple(
            slice(max(side.start - reach, 0), min(side.stop + reach, size))
            for side, size in zip(box, instances.shape, strict=True)
        )
        distances = distance_transform_edt(instances[window] != number)
        second[window] = np.minimum(second[window], np.maximum(nearest[window], distances))
        nearest[window] = np.minimum(nearest[window], distances)
    return nearest, second
