"""What lies between the tissue and the recording: the round picture, the lamp, smoke, fog and noise."""

import cv2
import numpy as np

from models.simulation.surgery.noise import clouds, shade, soft_step
from models.simulation.surgery.palette import Palette

NUM_NOISES = 8
SMOKE_SHAPE = (256, 256)
FULL_FRAME_SHARE = 0.15
"""Of the operations are recorded so near that no black rim is left."""


class Optics:
    """The camera head, lens and lamp of one operation, for pictures of one size."""

    def __init__(self, rng: np.random.Generator, palette: Palette, *, height: int, width: int) -> None:
        self._size = (width, height)
        centre = np.array([width / 2, height / 2]) + rng.normal(0, 0.015 * height, 2)
        radius = height * (3.0 if rng.random() < FULL_FRAME_SHARE else rng.uniform(0.47, 0.62))
        ys, xs = np.mgrid[:height, :width].astype(np.float32)
        distance = np.hypot(xs - centre[0], ys - centre[1])
        lamp = 1.12 - rng.uniform(0.4, 0.8) * (distance / (0.75 * height)) ** 2
        self._light = (np.clip(lamp, 0.12, 1.0) * soft_step(radius - distance, width=2.0))[..., None].repeat(3, 2)
        self._is_inside = (distance < radius).astype(np.float32)
        self._gloss_above = float(rng.uniform(105, 150))
        self._gloss_light = (np.clip(1.3 - distance / (0.5 * height), 0, 1) * 255).astype(np.uint8)
        grey = float(rng.uniform(150, 205))
        self._smoke_colour = np.full((height, width, 3), (grey, grey, grey * 1.03), np.uint8)
        self._smoke = (clouds(rng, SMOKE_SHAPE, cells=3) * 0.25 + 0.75).clip(0, 1.2).astype(np.float32)
        strength = rng.uniform(1, 3.5)
        self._noises = [
            np.clip(rng.normal(16, strength, (height, width, 3)), 0, 32).astype(np.uint8) for _ in range(NUM_NOISES)
        ]
        self._outside = _paint_outside(rng, palette, height=height, width=width)

    def shine(self, picture: np.ndarray, gloss: np.ndarray, field_to_picture: np.ndarray) -> np.ndarray:
        """Add the lamp's reflections on what is wet."""
        glossy = cv2.warpAffine(gloss, field_to_picture, self._size)
        lit = cv2.multiply(glossy, self._gloss_light, scale=1 / 255)
        brightest = cv2.max(lit, self._gloss_above)  # type: ignore[call-overload]  # OpenCV takes a number too
        spots = cv2.convertScaleAbs(brightest, alpha=3.2, beta=-3.2 * self._gloss_above)
        return np.asarray(cv2.add(picture, cv2.merge([spots, spots, spots])))

    def blow(self, picture: np.ndarray, smoke: float, seconds: float) -> np.ndarray:
        """Let smoke drift before the picture, 0..1."""
        if smoke < 0.03:
            return picture
        drift = np.array([[1.6, 0.2, 40 * np.sin(seconds * 0.7) - 60], [-0.2, 1.6, 30 * np.cos(seconds * 0.5) - 60]])
        drift[:, :2] *= self._size[1] / SMOKE_SHAPE[0]
        share = cv2.warpAffine(self._smoke, drift, self._size, borderMode=cv2.BORDER_REFLECT) * np.float32(smoke)
        share = np.clip(share, 0, 0.95)
        return np.asarray(cv2.blendLinear(self._smoke_colour, picture, share, 1 - share))

    def fog(self, picture: np.ndarray, share: float) -> np.ndarray:
        """Let the lens mist up, 0..1."""
        if share < 0.03:
            return picture
        blurred = cv2.GaussianBlur(picture, (0, 0), 1 + 5 * share * self._size[1] / 240)
        return np.asarray(cv2.addWeighted(blurred, 1 - 0.35 * share, self._smoke_colour, 0.35 * share, 0))

    def outside(self, seconds: float, index: int) -> np.ndarray:
        """Return what the camera sees out of the body: drapes, gauze, the inside of a trocar."""
        picture = self._outside[index % len(self._outside)]
        x, y = 0.12 * self._size[1] * np.array([np.sin(seconds * 1.1), np.cos(seconds * 0.8)])
        shift = np.array([[1.3, 0, x - 0.15 * self._size[0]], [0, 1.3, y - 0.15 * self._size[1]]])
        return np.asarray(cv2.warpAffine(picture, shift, self._size, borderMode=cv2.BORDER_REFLECT))

    def record(self, picture: np.ndarray, index: int) -> np.ndarray:
        """Return the picture as it is recorded: lit from the middle, round, noisy."""
        lit = cv2.multiply(picture, self._light, dtype=cv2.CV_8U)
        return np.asarray(cv2.addWeighted(lit, 1, self._noises[index % NUM_NOISES], 1, -16))


def _paint_outside(rng: np.random.Generator, palette: Palette, *, height: int, width: int) -> list[np.ndarray]:
    shape = (height, width)
    drape = shade(palette.drape, clouds(rng, shape, cells=2), strength=0.3)
    gauze = shade((222, 218, 208), clouds(rng, shape, cells=6), strength=0.08)
    trocar = shade((120, 116, 112), clouds(rng, shape, cells=2), strength=0.1)
    for radius in range(9, 0, -1):
        tone = 30 + 14 * radius + 20 * (radius % 2)
        cv2.circle(trocar, (width // 2, height // 2), radius * height // 16, (tone, tone, tone), -1, cv2.LINE_AA)
    blurred = [cv2.GaussianBlur(picture, (0, 0), height / 60) for picture in (drape, gauze, trocar)]
    order = rng.permutation(len(blurred))
    return [blurred[index] for index in order]
