"""Another view of a patch of a volume: in other light, blurred and with more noise."""

import numpy as np
from pydantic import Field
from scipy.ndimage import gaussian_filter

from models.config_file import Section

_LEAST_BLUR_VOXELS = 0.2


class ShadeConfig(Section):
    """How far views may differ in their values from what was recorded; values are about 0, with a deviation of 1."""

    brightness: float = Field(0.2, ge=0)  # largest shift
    contrast: float = Field(0.2, ge=0)  # largest share by which differences grow or shrink
    gamma: float = Field(0.0, ge=0)  # largest exponent of e, on values as shares of their range
    blur_voxels: float = Field(0.0, ge=0)  # largest radius
    noise: float = Field(0.05, ge=0)  # largest standard deviation


def draw_shades(rng: np.random.Generator, config: ShadeConfig, voxels: np.ndarray) -> np.ndarray:
    """Return voxels in other light, float32, (C, D, H, W); each channel goes its own way."""
    return np.stack([_shaded(rng, config, channel) for channel in voxels])


def _shaded(rng: np.random.Generator, config: ShadeConfig, values: np.ndarray) -> np.ndarray:
    if config.gamma:
        low, high = float(values.min()), float(values.max())
        shares = (values - low) / max(high - low, 1e-6)
        values = low + (high - low) * shares ** np.exp(rng.uniform(-1, 1) * config.gamma)
    factor = 1 + rng.uniform(-1, 1) * config.contrast
    values = (values - values.mean()) * factor + values.mean() + rng.uniform(-1, 1) * config.brightness
    if config.blur_voxels and (radius := rng.uniform(0, config.blur_voxels)) > _LEAST_BLUR_VOXELS:
        values = gaussian_filter(values, radius)
    if config.noise:
        values = values + rng.normal(0, rng.uniform(0, config.noise), values.shape)
    return np.asarray(values, np.float32)
