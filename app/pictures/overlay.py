"""Labels laid over a picture: each in a colour of its own, its edge drawn so that what is below stays visible."""

import colorsys

import cv2
import numpy as np

from app.pictures.canvas import Colour

_GOLDEN_TURN = 0.618033988749895
"""Neighbouring numbers get hues far apart, however many there are."""
_OPACITY = 0.35


def overlay(pixels: np.ndarray, labels: np.ndarray, *, opacity: float = _OPACITY) -> np.ndarray:
    """Return the picture with the labels in colour, uint8 RGB (H, W, 3).

    Args:
        pixels: uint8 RGB, shape (H, W, 3).
        labels: whole numbers, 0 for the background, shape (H, W).
        opacity: of the areas, 0..1; edges are opaque.

    Raises:
        ValueError: the shapes differ.
    """
    if pixels.shape[:2] != labels.shape:
        raise ValueError(f"labels must have the size of the picture {pixels.shape[:2]}, got {labels.shape}")
    numbers, which = np.unique(labels, return_inverse=True)
    colours = np.array([label_colour(int(number)) for number in numbers], np.uint8)[which.reshape(labels.shape)]
    mixed = cv2.addWeighted(pixels, 1 - opacity, colours, opacity, 0)
    is_edge = _edges(labels)
    shown = np.where((labels > 0)[..., None], mixed, pixels)
    return np.asarray(np.where(is_edge[..., None], colours, shown))


def label_colour(number: int) -> Colour:
    """Return the colour of a label, the same in every picture."""
    red, green, blue = colorsys.hsv_to_rgb((number * _GOLDEN_TURN) % 1.0, 0.85, 1.0)
    return round(red * 255), round(green * 255), round(blue * 255)


def _edges(labels: np.ndarray) -> np.ndarray:
    """Return the labelled pixels that touch another number, bool, shape (H, W)."""
    padded = np.pad(labels, 1, mode="edge")
    height, width = labels.shape
    neighbours = [padded[1 + down : 1 + down + height, 1 + right : 1 + right + width] for down, right in _CROSS]
    return np.asarray((labels > 0) & np.any([neighbour != labels for neighbour in neighbours], axis=0))


_CROSS = ((-1, 0), (1, 0), (0, -1), (0, 1))
