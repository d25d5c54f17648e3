"""What a sensor makes of a canvas: a colour picture or a depth picture, each with its own faults."""

from typing import Literal, Protocol

import cv2
import numpy as np

from models.simulation.canvas import Canvas
from models.simulation.lighting import Lighting

LookName = Literal["rgb", "depth", "random"]

NOISE_BANK_MARGIN = 64


class Look(Protocol):
    """A sensor: pixels from surfaces."""

    name: str

    def render(self, canvas: Canvas, seconds: float, rng: np.random.Generator) -> np.ndarray:
        """Return the picture at that time, uint8 RGB (H, W, 3); `rng` is of this frame alone."""
        ...


def draw_look(
    name: LookName,
    empty: Canvas,
    colours: np.ndarray,
    rng: np.random.Generator,
    *,
    duration_seconds: float,
    depth_share: float,
) -> Look:
    """Return the sensor of a scene.

    Args:
        name: which one; random: drawn.
        empty: the room before anything that moves.
        colours: RGB of every material, 0..255, shape (N, 3).
        rng: draws the sensor's faults, and the light over time.
        duration_seconds: of the scene.
        depth_share: how many of the random ones are depth cameras, 0..1.
    """
    is_depth = rng.random() < depth_share if name == "random" else name == "depth"
    if is_depth:
        return DepthLook(empty, rng)
    return ColourLook(empty, colours, Lighting(rng, duration_seconds), rng)


class ColourLook:
    """An ordinary camera: light and tint, vignette, a soft lens, sensor noise."""

    name = "rgb"

    def __init__(self, canvas: Canvas, palette: np.ndarray, lighting: Lighting, rng: np.random.Generator) -> None:
        """`palette`: RGB of every material, 0..255, shape (N, 3)."""
        self._palette, self._lighting = palette, lighting
        height, width = canvas.depths.shape
        self._blur = float(rng.uniform(0.5, 0.9)) * max(width / 320, 0.5)
        self._contrast = float(rng.uniform(0.85, 1.15))
        self._is_grey = rng.random() < 0.08  # an infrared night camera
        ys, xs = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
        grain = cv2.resize(rng.normal(0, 1, (9, 12)), (width, height), interpolation=cv2.INTER_CUBIC)
        falloff = 1.0 - rng.uniform(0.0, 0.22) * (xs * xs + ys * ys) / 2 + 0.025 * grain
        self._falloff = falloff.astype(np.float32)
        shape = (height + NOISE_BANK_MARGIN, width + NOISE_BANK_MARGIN, 3)
        self._noise = np.round(rng.normal(0, rng.uniform(0.8, 6.0), shape)).astype(np.int8)

    def render(self, canvas: Canvas, seconds: float, rng: np.random.Generator) -> np.ndarray:
        colours = (self._palette * self._lighting.gains_at(seconds) - 118.0) * self._contrast + 118.0
        if self._is_grey:
            colours = np.repeat(colours.mean(axis=1, keepdims=True), 3, axis=1)
        picture = cv2.multiply(
            np.take(colours.astype(np.float32), canvas.materials, axis=0),
            cv2.merge([canvas.shades * self._falloff] * 3),
            dtype=cv2.CV_8U,
        )
        picture = cv2.GaussianBlur(picture, (0, 0), self._blur)
        return np.asarray(cv2.add(picture, _window(self._noise, canvas.depths.shape, rng), dtype=cv2.CV_8U))


class DepthLook:
    """A depth camera shown in grey: near is bright, noise grows with distance, edges drop out."""

    name = "depth"

    def __init__(self, canvas: Canvas, rng: np.random.Generator) -> None:
        """`canvas`: the empty room, which fixes the range shown."""
        depths = canvas.depths
        self._near = float(np.percentile(depths, 1)) * float(rng.uniform(0.4, 0.7))
        self._far = float(np.percentile(depths, 99)) * float(rng.uniform(1.0, 1.3))
        self._noise_metres = float(rng.uniform(0.004, 0.014))
        self._dropout = float(rng.uniform(0.0, 0.4))
        self._is_near_dark = bool(rng.random() < 0.25)
        self._levels = float(rng.choice((64.0, 128.0, 255.0)))
        height, width = depths.shape
        shape = (height + NOISE_BANK_MARGIN, width + NOISE_BANK_MARGIN)
        self._noise = rng.normal(0, 1, shape).astype(np.float32)
        self._holes = cv2.GaussianBlur(rng.random(shape).astype(np.float32), (0, 0), 1.0)
        self._holes = (self._holes - self._holes.min()) / np.ptp(self._holes)

    def render(self, canvas: Canvas, seconds: float, rng: np.random.Generator) -> np.ndarray:
        depths = canvas.depths
        noise = _window(self._noise, depths.shape, rng)
        noisy = depths + noise * (self._noise_metres * depths)
        shares = np.clip((self._far - noisy) / (self._far - self._near), 0.0, 1.0)
        if self._is_near_dark:
            shares = 1.0 - shares
        grey = np.round(shares * self._levels) * (255.0 / self._levels)
        grey[self._is_hole(depths, rng)] = 0.0
        return np.asarray(cv2.cvtColor(grey.astype(np.uint8), cv2.COLOR_GRAY2RGB))

    def _is_hole(self, depths: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Pixels without an answer: at the rims of things, more of them further away."""
        step = cv2.morphologyEx(depths, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
        chances = np.where(step > 0.06 * depths, self._dropout + 0.1, 0.12 * self._dropout)
        return np.asarray(_window(self._holes, depths.shape, rng) < chances)


def _window(bank: np.ndarray, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """A random part of a larger field of noise, as large as the picture."""
    row, column = rng.integers(0, NOISE_BANK_MARGIN, 2)
    return bank[row : row + shape[0], column : column + shape[1]]
