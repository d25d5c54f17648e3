"""What the scanner makes of a chest: blur of its focus and kernel, and noise of the kernel's grain."""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np


@dataclass(frozen=True)
class Scanner:
    """How slices are reconstructed."""

    kernel: Literal["soft", "sharp"]
    noise_hu: float
    """Standard deviation."""
    blur_mm: float
    grain_mm: float
    """Width of the noise's grain."""
    edge: float
    """How much the kernel exaggerates edges."""

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "Scanner":
        """Draw a plausible reconstruction."""
        if rng.random() < 0.5:
            noise, blur, grain = rng.uniform((8, 0.6, 0.6), (24, 0.9, 0.9))
            return cls("soft", float(noise), float(blur), float(grain), 0.0)
        noise, blur, edge = rng.uniform((20, 0.4, 0.2), (50, 0.6, 0.6))
        return cls("sharp", float(noise), float(blur), 0.35, float(edge))

    def scan(self, plane: np.ndarray, spacing_mm: float, rng: np.random.Generator) -> np.ndarray:
        """Return a slice as it is reconstructed.

        Args:
            plane: HU, float32, (H, W).
            spacing_mm: of its pixels.
            rng: draws the noise.

        Returns:
            int16, (H, W).
        """
        seen = _blurred(plane, self.blur_mm / spacing_mm)
        if self.edge:
            seen = seen + self.edge * (seen - _blurred(seen, 1.2 / spacing_mm))
        noise = _blurred(rng.standard_normal(plane.shape, np.float32), self.grain_mm / spacing_mm)
        noise *= self.noise_hu / max(float(noise.std()), 1e-6)
        return np.asarray(np.clip(np.rint(seen + noise), -1024, 3071), np.int16)


def _blurred(plane: np.ndarray, sigma: float) -> np.ndarray:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), max(sigma, 0.15), borderType=cv2.BORDER_REPLICATE))
