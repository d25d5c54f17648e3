"""The square of a picture that the echo networks look at, and the way there and back."""

from dataclasses import dataclass

import cv2
import numpy as np

SIDE = 112
"""Height and width that the networks see, pixels, as EchoNet-Dynamic's."""


@dataclass(frozen=True)
class Crop:
    """A square as high as the fan, round its middle; it may reach beyond the picture, which is black there."""

    left: float
    top: float
    side: float
    """Pixels of the picture."""

    @classmethod
    def around(cls, box: tuple[float, float, float, float]) -> "Crop":
        """Return the crop of a fan that fills a box (left, top, right, bottom; the last two exclusive)."""
        left, top, right, bottom = box
        side = bottom - top
        return cls((left + right - side) / 2, top, side)

    def take(self, picture: np.ndarray) -> np.ndarray:
        """Return the square of a picture, uint8 RGB (H, W, 3), as uint8 grey (SIDE, SIDE)."""
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        left, top, side = round(self.left), round(self.top), max(round(self.side), 1)
        height, width = grey.shape
        square = np.zeros((side, side), np.uint8)
        from_x, from_y, to_x, to_y = max(left, 0), max(top, 0), min(left + side, width), min(top + side, height)
        if to_x > from_x and to_y > from_y:
            square[from_y - top : to_y - top, from_x - left : to_x - left] = grey[from_y:to_y, from_x:to_x]
        interpolation = cv2.INTER_AREA if side > SIDE else cv2.INTER_CUBIC
        return np.asarray(cv2.resize(square, (SIDE, SIDE), interpolation=interpolation))

    @property
    def pixels_a_cell(self) -> float:
        """Pixels of the picture for one pixel of the square."""
        return self.side / SIDE

    def to_picture(self, points: np.ndarray) -> np.ndarray:
        """Return points of the square, (..., 2) x and y, in the picture; pixel centres at whole numbers."""
        return np.asarray((points + 0.5) * self.pixels_a_cell - 0.5 + (round(self.left), round(self.top)))

    def from_picture(self, points: np.ndarray) -> np.ndarray:
        """Return points of the picture, (..., 2) x and y, in the square; the inverse of `to_picture`."""
        return np.asarray((points - (round(self.left), round(self.top)) + 0.5) / self.pixels_a_cell - 0.5)
