"""A ground with detail at several scales, on which motion shows everywhere."""

from collections.abc import Sequence

import cv2
import numpy as np


def texture(
    rng: np.random.Generator, size: tuple[int, int], *, cells: Sequence[int], brightest: int = 255
) -> np.ndarray:
    """Return a random picture, uint8 RGB (H, W, 3), from 0 to `brightest`.

    Args:
        rng: What it follows from.
        size: Height and width.
        cells: Pixels of the detail at each scale; the coarser, the stronger.
        brightest: Its largest value.
    """
    height, width = size
    total = np.zeros((height, width, 3), np.float32)
    for cell in cells:
        coarse = rng.uniform(0, 1, (height // cell + 2, width // cell + 2, 3)).astype(np.float32)
        total += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC) * cell**0.5
    total = (total - total.min()) / (total.max() - total.min())
    return np.asarray(total * brightest, np.uint8)
