"""A sheet to draw pictures on: text, lines, areas and bars in smooth edges, saved as PNG."""

from pathlib import Path
from typing import Literal

import cv2
import numpy as np

Colour = tuple[int, int, int]
"""Red, green and blue, 0..255."""
Align = Literal["left", "centre", "right"]

INK: Colour = (33, 37, 41)
FAINT_INK: Colour = (108, 117, 125)
GRID: Colour = (229, 232, 235)
PAPER: Colour = (255, 255, 255)

_SHIFT = 4  # sub-pixel positions: OpenCV takes integers in units of 1/16 pixel
_BEFORE = {"left": 0.0, "centre": 0.5, "right": 1.0}  # share of a text that lies left of its position
_REGULAR, _BOLD = 400, 650
_NO_WRAP = (-(10**6), 10**6)


class Canvas:
    """A picture in the making; positions are pixels from the upper left corner, fractions allowed."""

    def __init__(self, width: int, height: int, paper: Colour = PAPER) -> None:
        self.pixels = np.full((height, width, 3), paper, np.uint8)
        """uint8 RGB, shape (H, W, 3)."""
        self._font = cv2.FontFace("sans")

    @classmethod
    def over(cls, pixels: np.ndarray) -> "Canvas":
        """Return a canvas that draws onto these pixels, uint8 RGB (H, W, 3), themselves."""
        canvas = cls(1, 1)
        canvas.pixels = pixels
        return canvas

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: int = 18,
        colour: Colour = INK,
        align: Align = "left",
        is_bold: bool = False,
    ) -> None:
        """Write one line with its baseline at y; what does not fit on the sheet is cut, not wrapped."""
        weight = _BOLD if is_bold else _REGULAR
        left = x - _BEFORE[align] * self.text_width(text, size=size, is_bold=is_bold) if align != "left" else x
        place = (round(left), round(y))
        cv2.putText(self.pixels, text, place, colour, self._font, size, weight, 0, _NO_WRAP)

    def text_width(self, text: str, *, size: int = 18, is_bold: bool = False) -> int:
        weight = _BOLD if is_bold else _REGULAR
        box = cv2.getTextSize((0, 0), text, (0, 0), self._font, size, weight, 0, _NO_WRAP)
        return int(box[2])

    def line(self, points: np.ndarray, colour: Colour, *, thickness: int = 1) -> None:
        """Draw a line through points, shape (N, 2), x and y."""
        cv2.polylines(self.pixels, [_fixed(points)], False, colour, thickness, cv2.LINE_AA, _SHIFT)

    def area(self, outline: np.ndarray, colour: Colour, *, opacity: float = 1.0) -> None:
        """Fill a polygon, shape (N, 2), x and y."""
        left, top = np.maximum(np.floor(outline.min(0)).astype(int), 0)
        right, bottom = np.ceil(outline.max(0)).astype(int) + 1
        region = self.pixels[top:bottom, left:right]
        if not region.size:
            return
        filled = np.ascontiguousarray(region)
        cv2.fillPoly(filled, [_fixed(outline - (left, top))], colour, cv2.LINE_AA, _SHIFT)
        region[:] = cv2.addWeighted(filled, opacity, np.ascontiguousarray(region), 1 - opacity, 0)

    def bar(
        self, left: float, top: float, right: float, bottom: float, colour: Colour, *, opacity: float = 1.0
    ) -> None:
        """Fill a rectangle."""
        corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float64)
        self.area(corners, colour, opacity=opacity)

    def png(self) -> bytes:
        """Return the picture as a PNG file."""
        encoded = cv2.imencode(".png", cv2.cvtColor(self.pixels, cv2.COLOR_RGB2BGR))[1]
        return encoded.tobytes()

    def save(self, path: Path) -> None:
        """Write the picture as a PNG file.

        Raises:
            OSError: it cannot be written whole.
        """
        path.write_bytes(self.png())


def _fixed(points: np.ndarray) -> np.ndarray:
    return np.asarray(np.round(points * 2**_SHIFT), np.int32)
