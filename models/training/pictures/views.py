"""Another view of a labelled picture or volume: cut out, turned, mirrored, larger or smaller, in other light."""

import numpy as np
from pydantic import Field
from scipy.ndimage import gaussian_filter

from models.config_file import Section
from models.imaging.nearest import resized_numbers
from models.imaging.resizing import resized
from models.training.pictures.labelled import LabelledPicture


class ViewConfig(Section):
    """How far views may differ from what was recorded."""

    mirror: bool = True  # left and right, above and below, in volumes also along their depth
    turn: bool = True  # by quarters; of volumes within their slices
    scales: tuple[float, float] = (0.8, 1.25)  # of pictures; volumes keep their size
    brightness: float = Field(0.15, ge=0)  # largest shift of the shades, as a share of their range
    contrast: float = Field(0.25, ge=0)
    gamma: float = Field(0.25, ge=0)
    colour: float = Field(0.1, ge=0)  # how far each channel goes its own way
    blur_pixels: float = Field(0.8, ge=0)  # largest radius
    noise: float = Field(0.03, ge=0)  # largest standard deviation, as a share of the range
    slope: float = Field(0.0, ge=0)  # largest rise of the light from one side of a picture to the other, as a share


STILL = ViewConfig(
    mirror=False, turn=False, scales=(1, 1), brightness=0, contrast=0, gamma=0, colour=0, blur_pixels=0, noise=0
)
"""Changes nothing but what is cut out."""


def draw_view(
    picture: LabelledPicture, crop: tuple[int, ...], config: ViewConfig, rng: np.random.Generator
) -> LabelledPicture:
    """Return a part of a picture as it might look elsewhere; one generator state gives one result.

    Args:
        picture: of any size; where it is smaller than the part, nothing (0, background) lies around it.
        crop: size of the part, (H, W) or (D, H, W).
        config: how far it may differ.
        rng: draws it.
    """
    scale = float(np.exp(rng.uniform(*np.log(config.scales)))) if len(crop) == 2 else 1.0
    wanted = tuple(max(round(length / scale), 1) for length in crop)
    places = tuple(_place(length, part, rng) for length, part in zip(picture.size, wanted, strict=True))
    pixels = _cut(picture.pixels, places, wanted)
    layers = np.stack([_cut(layer, places, wanted) for layer in picture.layers])
    if wanted != tuple(crop):
        pixels, layers = resized(pixels, crop), resized_numbers(layers, crop)
    pixels, layers = _turned(pixels, layers, config, rng)
    return picture.with_views(relit(pixels, config, rng), layers)


def relit(pixels: np.ndarray, config: ViewConfig, rng: np.random.Generator) -> np.ndarray:
    """Return pixels in another light, of the same dtype: uint8, or float32 in 0..1."""
    num_channels = pixels.shape[-1]
    shades = pixels.astype(np.float32) / (255 if pixels.dtype == np.uint8 else 1)
    shades = np.clip(shades, 0, 1) ** np.float32(np.exp(rng.uniform(-config.gamma, config.gamma)))
    gain = np.exp(rng.uniform(-config.contrast, config.contrast) + rng.uniform(-1, 1, num_channels) * config.colour)
    shift = rng.uniform(-config.brightness, config.brightness)
    shades = (shades * gain + shift + _slope(shades.shape[:-1], config.slope, rng)).astype(np.float32)
    radius = rng.uniform(0, config.blur_pixels)
    if radius > 0.3:
        shades = gaussian_filter(shades, (*(radius,) * (shades.ndim - 1), 0)).astype(np.float32)
    spread = rng.uniform(0, config.noise)
    if spread:
        shades += spread * rng.standard_normal((*shades.shape[:-1], 1), np.float32)
    shades = np.clip(shades, 0, 1)
    return np.asarray(shades * 255 + 0.5, np.uint8) if pixels.dtype == np.uint8 else np.asarray(shades)


def _slope(size: tuple[int, ...], highest: float, rng: np.random.Generator) -> np.ndarray:
    """Return light that rises evenly in some direction across a picture (H, W), from 0 on; (H, W, 1)."""
    if not highest:
        return np.zeros((1, 1, 1), np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    rows, columns = (np.linspace(-1, 1, length, dtype=np.float32) for length in size[-2:])
    rise = rows[:, None] * np.sin(angle) + columns * np.cos(angle)
    return np.asarray(rng.uniform(0, highest) * (rise - rise.min()) / np.ptp(rise))[..., None]


def _place(length: int, part: int, rng: np.random.Generator) -> int:
    """Return where a part starts; where the picture is smaller, it lies anywhere within the part."""
    low, high = sorted((0, length - part))
    return int(rng.integers(low, high + 1))


def _cut(array: np.ndarray, starts: tuple[int, ...], sizes: tuple[int, ...]) -> np.ndarray:
    """Return a part of an array, 0 outside it."""
    made = np.zeros((*sizes, *array.shape[len(sizes) :]), array.dtype)
    source, target = [], []
    for start, size, length in zip(starts, sizes, array.shape, strict=False):
        low, high = max(start, 0), min(start + size, length)
        source.append(slice(low, high))
        target.append(slice(low - start, high - start))
    made[tuple(target)] = array[tuple(source)]
    return made


def _turned(
    pixels: np.ndarray, layers: np.ndarray, config: ViewConfig, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    num_axes = pixels.ndim - 1
    for axis in range(num_axes):
        if config.mirror and rng.random() < 0.5:
            pixels, layers = np.flip(pixels, axis), np.flip(layers, axis + 1)
    if config.turn and pixels.shape[num_axes - 2] == pixels.shape[num_axes - 1]:
        quarters = int(rng.integers(4))
        pixels = np.rot90(pixels, quarters, (num_axes - 2, num_axes - 1))
        layers = np.rot90(layers, quarters, (num_axes - 1, num_axes))
    return np.ascontiguousarray(pixels), np.ascontiguousarray(layers)
