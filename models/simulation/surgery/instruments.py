"""Laparoscopic instruments as the camera sees them: a shaft from its port, and the tip by which one knows the tool."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from models.simulation.surgery.palette import Colour, Palette

_SHIFT = 4  # OpenCV takes positions in units of 1/16 pixel
SHAFT_HALF_WIDTH = 0.034
"""Units: heights of the picture."""


@dataclass(frozen=True)
class Pose:
    """Where an instrument is in the picture."""

    port: np.ndarray
    """Where its shaft comes from, pixels, outside the picture."""
    tip: np.ndarray
    """Pixels."""
    opening: float
    """Of its jaws, 0..1."""
    unit: float
    """Pixels of one unit."""


class Instruments:
    """The set of one operation; make and size of each follow from the random numbers."""

    def __init__(self, rng: np.random.Generator, palette: Palette) -> None:
        self._palette = palette
        self._width = SHAFT_HALF_WIDTH * rng.uniform(0.82, 1.25)
        self._jaw = rng.uniform(0.13, 0.18)
        self._hook_turn = rng.choice([-1, 1])
        self._hook = rng.uniform(0.055, 0.08)
        self._clipper_width = rng.uniform(1.25, 1.5)
        self._tube_shine = rng.uniform(1.0, 1.3)

    def draw(self, picture: np.ndarray, tool: str, pose: Pose) -> None:
        """Draw one instrument into a picture, uint8 RGB."""
        pen = _Pen(picture, pose)
        painters = {
            "Grasper": self._grasper,
            "Bipolar": self._bipolar,
            "Hook": self._hook_tip,
            "Scissors": self._scissors,
            "Clipper": self._clipper,
            "Irrigator": self._irrigator,
        }
        painters[tool](pen, pose)

    def _shaft(self, pen: "_Pen", end: float, colour: Colour, width: float) -> None:
        """Draw the shaft up to `end` units before the tip, round by three tones."""
        for half, tone in ((1.0, 0.5), (0.7, 0.85), (0.3, 1.15)):
            w = width * half
            pen.fill([(-end, -w), (-end, w), (None, w * 1.15), (None, -w * 1.15)], _toned(colour, tone))

    def _jaws(self, pen: "_Pen", length: float, width: float, opening: float, colour: Colour, *, bend: float) -> None:
        """Draw two jaws that meet at the tip when they are closed."""
        for side in (-1, 1):
            angle = side * opening * 0.5
            outline = np.array(
                [
                    (0, 0),
                    (0.5 * length, side * bend),
                    (length, 0),
                    (0.9 * length, side * width),
                    (0, side * width * 1.3),
                ]
            )
            turned = outline @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
            pen.fill(turned - (length, 0), _toned(colour, 0.82 if side < 0 else 1.05))

    def _grasper(self, pen: "_Pen", pose: Pose) -> None:
        self._shaft(pen, self._jaw, self._palette.shaft, self._width)
        self._jaws(pen, self._jaw, 0.026, pose.opening, self._palette.metal, bend=0.004)

    def _bipolar(self, pen: "_Pen", pose: Pose) -> None:
        self._shaft(pen, 0.16, self._palette.shaft, self._width)
        self._shaft_piece(pen, 0.16, 0.11, self._palette.band, self._width * 0.8)
        self._jaws(pen, 0.12, 0.011, 0.35 + 0.4 * pose.opening, self._palette.metal, bend=0.03)

    def _hook_tip(self, pen: "_Pen", pose: Pose) -> None:
        self._shaft(pen, 0.17, self._palette.shaft, self._width)
        self._shaft_piece(pen, 0.17, 0.11, (226, 222, 208), self._width * 0.62)
        turn = self._hook_turn
        pen.line(
            [(-0.12, 0), (0, 0), (0, turn * self._hook), (-0.02, turn * self._hook * 1.1)], self._palette.metal, 0.014
        )

    def _scissors(self, pen: "_Pen", pose: Pose) -> None:
        self._shaft(pen, 0.12, self._palette.shaft, self._width)
        for side in (-1, 1):
            spread = side * (0.012 + 0.05 * pose.opening)
            pen.fill([(-0.13, 0.016 * side), (0.01, spread), (-0.11, -0.012 * side)], _toned(self._palette.metal, 1.1))
        pen.dot((-0.1, 0), 0.011, (60, 60, 64))

    def _clipper(self, pen: "_Pen", pose: Pose) -> None:
        wide = self._width * self._clipper_width
        self._shaft(pen, 0.13, self._palette.shaft, wide)
        self._shaft_piece(pen, 0.19, 0.14, self._palette.band, wide * 1.05)
        for side in (-1, 1):
            gap = 0.012 + 0.025 * pose.opening
            pen.fill(
                [(-0.14, side * wide), (0, side * (gap + 0.02)), (0, side * gap), (-0.1, side * 0.008)],
                _toned(self._palette.metal, 0.9),
            )
            pen.line([(-0.07, side * gap), (0.0, side * gap)], self._palette.clip, 0.011)

    def _irrigator(self, pen: "_Pen", pose: Pose) -> None:
        colour = _toned(self._palette.metal, self._tube_shine)
        self._shaft(pen, 0.0, colour, self._width * 0.8)
        for place in (-0.03, -0.065, -0.1):
            pen.dot((place, 0.005), 0.008, (40, 38, 40))

    def _shaft_piece(self, pen: "_Pen", start: float, end: float, colour: Colour, width: float) -> None:
        pen.fill([(-start, -width), (-start, width), (-end, width), (-end, -width)], _toned(colour, 0.8))
        pen.fill(
            [(-start, -width / 2), (-start, width / 2), (-end, width / 2), (-end, -width / 2)], _toned(colour, 1.1)
        )


def draw_bag(
    picture: np.ndarray, centre: np.ndarray, *, size: float, is_open: bool, turn: float, colour: Colour
) -> None:
    """Draw the specimen bag: a wide mouth while it is packed, a full pouch with a string once it is closed.

    Args:
        centre: pixels.
        size: pixels.
        turn: radians.
    """
    angles = np.linspace(0, 2 * np.pi, 25)[:-1]
    width, height = (1.25, 0.8) if is_open else (0.95, 0.85)
    outline = (
        np.stack([width * np.cos(angles), height * np.sin(angles)], 1) * (1 + 0.07 * np.cos(5 * angles + turn))[:, None]
    )
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    place = (outline * size) @ rotation + centre
    layer = picture.copy()
    cv2.fillPoly(layer, [_fixed(place)], colour, cv2.LINE_AA, _SHIFT)
    inner = (outline * size * (0.72, 0.5) + (0, -0.12 * size)) @ rotation + centre
    cv2.fillPoly(layer, [_fixed(inner)], _toned(colour, 0.62 if is_open else 0.86), cv2.LINE_AA, _SHIFT)
    cv2.polylines(layer, [_fixed(place)], True, _toned(colour, 1.15), max(1, round(size / 22)), cv2.LINE_AA, _SHIFT)
    if not is_open:
        string = np.array([(0, -0.7), (0.06, -1.15), (-0.03, -1.6)]) * size @ rotation + centre
        cv2.polylines(layer, [_fixed(string)], False, (230, 230, 226), max(1, round(size / 25)), cv2.LINE_AA, _SHIFT)
    cv2.addWeighted(layer, 0.84, picture, 0.16, 0, dst=picture)


class _Pen:
    """Draws in the instrument's own axes: along its shaft towards the tip, and across it, in units from the tip."""

    def __init__(self, picture: np.ndarray, pose: Pose) -> None:
        self._picture, self._unit, self._tip = picture, pose.unit, pose.tip
        way = pose.tip - pose.port
        self._length = float(np.hypot(*way)) / pose.unit
        self._along = way / max(float(np.hypot(*way)), 1e-6)
        self._across = np.array([-self._along[1], self._along[0]])

    def fill(self, outline: Sequence[tuple[float | None, float]] | np.ndarray, colour: Colour) -> None:
        """Fill a polygon; None along the shaft is at the port."""
        cv2.fillPoly(self._picture, [_fixed(self._pixels(outline))], colour, cv2.LINE_AA, _SHIFT)

    def line(self, points: Sequence[tuple[float, float]], colour: Colour, width: float) -> None:
        thickness = max(1, round(width * self._unit))
        cv2.polylines(self._picture, [_fixed(self._pixels(points))], False, colour, thickness, cv2.LINE_AA, _SHIFT)

    def dot(self, place: tuple[float, float], radius: float, colour: Colour) -> None:
        centre = _fixed(self._pixels([place]))[0]
        size = max(1, round(radius * self._unit * 2**_SHIFT))
        cv2.circle(self._picture, (int(centre[0]), int(centre[1])), size, colour, -1, cv2.LINE_AA, _SHIFT)

    def _pixels(self, places: Sequence[tuple[float | None, float]] | np.ndarray) -> np.ndarray:
        own = np.array([(-self._length if along is None else along, across) for along, across in places], float)
        return np.asarray(self._tip + (own[:, :1] * self._along + own[:, 1:] * self._across) * self._unit)


def _toned(colour: Colour, factor: float) -> Colour:
    red, green, blue = (min(part * factor, 255.0) for part in colour)
    return red, green, blue


def _fixed(points: np.ndarray) -> np.ndarray:
    return np.asarray(np.round(points * 2**_SHIFT), np.int32)
