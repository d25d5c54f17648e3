"""Cloudy random pictures, of which tissue, smoke and blood are made."""

import cv2
import numpy as np


def clouds(rng: np.random.Generator, shape: tuple[int, int], *, cells: int, octaves: int = 3) -> np.ndarray:
    """Return a cloudy picture, float32 of the given height and width, mean 0, standard deviation 1.

    Args:
        cells: lumps along the height in the coarsest layer; each further layer has twice as many, half as high.
    """
    height, width = shape
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        rows = cells * 2**octave
        grid = rng.normal(0, 1, (rows + 1, max(2, round(rows * width / height)) + 1)).astype(np.float32)
        total += cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC) * np.float32(0.5**octave)
    return np.asarray((total - total.mean()) / max(float(total.std()), 1e-6))


def shade(colour: tuple[float, float, float], texture: np.ndarray, *, strength: float) -> np.ndarray:
    """Return a colour made lighter and darker by a texture, uint8 (H, W, 3); strength is a share of the colour."""
    factor = 1 + strength * texture[..., None]
    return np.clip(np.asarray(colour, np.float32) * factor, 0, 255).astype(np.uint8)


def soft_step(values: np.ndarray, *, width: float) -> np.ndarray:
    """Return 0 where values are well below zero, 1 where well above, and a ramp of that width between."""
    return np.clip(values / width + 0.5, 0, 1).astype(np.float32)
