"""Brings pictures of nuclei of every look to one: nuclei light, the ground dark, the whole range of shades used.

Ours, in the place of nothing in the paper: with few pictures to learn from, a stain and a fluorescence that look alike
teach one network more than either teaches alone.
"""

import numpy as np

NUM_SHADES = 64
DARK, LIGHT = 0.5, 99.8
"""Percentiles of the shades that become black and white."""
FEWEST_SHADES = 8
"""A flatter picture is not stretched to the whole range: there is nothing in it."""
WANTED_MEAN = 0.25
SMALLEST_GAMMA = 0.5


def unified_look(pixels: np.ndarray) -> np.ndarray:
    """Return a picture as the networks for nuclei read it.

    Args:
        pixels: uint8 RGB, (H, W, 3).

    Returns:
        uint8, (H, W, 3): inverted where the ground is light, then stretched, and lightened where most of it is dark.
    """
    shades = pixels.astype(np.float32)
    if has_light_ground(pixels):
        shades = 255 - shades
    low, high = np.percentile(shades.mean(-1), (DARK, LIGHT))
    shades = np.clip((shades - low) / max(high - low, FEWEST_SHADES), 0, 1)
    mean = max(float(shades.mean()), 1e-3)
    gamma = np.clip(np.log(WANTED_MEAN) / np.log(mean), SMALLEST_GAMMA, 1) if mean < 1 else 1
    return np.asarray(shades**gamma * 255 + 0.5, np.uint8)


def has_light_ground(pixels: np.ndarray) -> bool:
    """Whether the commonest shade, that of the ground, lies in the lighter half of the shades there are."""
    grey = pixels.mean(-1)
    low, high = np.percentile(grey, (DARK, LIGHT))
    counts, borders = np.histogram(grey, NUM_SHADES, (float(grey.min()), float(grey.max()) + 1e-3))
    smooth = np.convolve(counts, np.ones(5), "same")
    place = int(smooth.argmax())
    return bool((borders[place] + borders[place + 1]) / 2 > (low + high) / 2)
