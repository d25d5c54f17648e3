"""One decoded picture and its times; pixels become RGB only when somebody asks for them."""

from dataclasses import dataclass, field
from typing import Protocol

import cv2
import numpy as np


class Picture(Protocol):
    """Pixels in whatever form the decoder left them."""

    def to_rgb(self, height: int, width: int) -> np.ndarray:
        """Return the picture resized to (height, width, 3), uint8 RGB."""


@dataclass(frozen=True, eq=False)
class DecodedFrame:
    """A frame of a source, its pixels still in the decoder's own form."""

    pts_seconds: float | None
    """Media time from the container's start; goes on rising over the loops of a looped file. None when the
    source gave the frame no time."""
    captured_at: float
    """Wall time of capture, UTC epoch seconds; 0.0 for a file read as fast as it decodes."""
    width: int
    """Pixels, as seen: after the rotation that the container asks for."""
    height: int
    picture: Picture = field(repr=False)
    is_damaged: bool = False
    """True when the decoder had to conceal missing or wrong data."""

    def to_rgb(self, height: int, width: int) -> np.ndarray:
        """Return the frame resized to (height, width, 3), uint8 RGB; costs nothing until called."""
        return self.picture.to_rgb(height, width)

    def size_for_short_side(self, short_side: int) -> tuple[int, int]:
        """Return (height, width) with the shorter one equal to `short_side` and the aspect kept."""
        scale = short_side / min(self.height, self.width)
        return max(round(self.height * scale), 1), max(round(self.width * scale), 1)


@dataclass(frozen=True, eq=False)
class RgbPicture:
    """A picture that is RGB already."""

    pixels: np.ndarray
    """uint8 RGB, shape (H, W, 3)."""

    def to_rgb(self, height: int, width: int) -> np.ndarray:
        """Return the picture resized to (height, width, 3); a copy, so that it may outlive the source's buffer."""
        if self.pixels.shape[:2] == (height, width):
            return self.pixels.copy()
        is_shrinking = self.pixels.shape[0] > height and self.pixels.shape[1] > width
        interpolation = cv2.INTER_AREA if is_shrinking else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(self.pixels, (width, height), interpolation=interpolation))
