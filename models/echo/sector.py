"""Finds the fan of an ultrasound machine in its pictures: what flickers, is dark around, and narrows upwards."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

WORK_HEIGHT = 240
"""Pictures are searched at about this height."""
LEAST_SHARE = 0.06
"""Of the picture, that a fan fills at least."""
DARKEST_SURROUNDINGS = 40.0
"""Outside the fan a machine's screen is black but for its marks."""
WIDEST_TOP = 0.62
"""Width of a fan near its top, as a share of its largest width."""
_MOVING, _BRIGHT, _FINENESS = 1.4, 26, 20


@dataclass(frozen=True)
class Fan:
    """Where the fan was found."""

    box: tuple[float, float, float, float]
    """Left, top, right and bottom in pixels of the picture, the last two exclusive."""


@dataclass(frozen=True)
class NoFan:
    """Why there is no fan."""

    reason: str


def find_fan(pictures: Sequence[np.ndarray]) -> Fan | NoFan:
    """Search for the fan in some frames of one recording.

    Args:
        pictures: uint8 RGB (H, W, 3), spread over the recording; the more, the fainter a fan is found.
    """
    scale = min(WORK_HEIGHT / pictures[0].shape[0], 1.0)
    greys = np.stack([_shrunk(picture, scale) for picture in pictures])
    hull = _hull_of_echoes(greys)
    share = hull.mean()
    if share < LEAST_SHARE:
        return NoFan("nothing in the picture flickers like the echoes of tissue")
    if share > 0.97 or float(np.median(greys[:, ~hull])) > DARKEST_SURROUNDINGS:
        return NoFan("the picture is not the black screen of an ultrasound machine with a fan in it")
    rows = np.nonzero(hull.any(1))[0]
    columns = np.nonzero(hull.any(0))[0]
    widths = hull.sum(1)
    top_width = float(widths[rows[0] + max(len(rows) // 12, 1)])
    if top_width > WIDEST_TOP * widths.max():
        return NoFan("what moves in the picture is no fan: it does not narrow towards its top")
    tip = float(np.nonzero(hull[rows[0] : rows[0] + max(len(rows) // 16, 1)].any(0))[0].mean())
    reach = max(tip - columns[0], columns[-1] - tip) + 0.5  # one side of a fan may be too dark to be seen
    box = (tip + 0.5 - reach, rows[0], tip + 0.5 + reach, rows[-1] + 1)
    return Fan((float(box[0] / scale), float(box[1] / scale), float(box[2] / scale), float(box[3] / scale)))


def _shrunk(picture: np.ndarray, scale: float) -> np.ndarray:
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    if scale == 1.0:
        return np.asarray(grey)
    return np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))


def _hull_of_echoes(greys: np.ndarray) -> np.ndarray:
    """Return the convex hull of the largest patch of flicker or brightness, bool (H, W)."""
    flicker = np.clip(greys.astype(np.float32).std(0) * _FINENESS, 0, 255).astype(np.uint8)
    bright = np.clip(greys.mean(0), 0, 255).astype(np.uint8)
    # Medians pass over text, ticks and the ECG, which are thinner than half of the window; tissue fills it.
    seen = (cv2.medianBlur(flicker, 7) > _MOVING * _FINENESS) | (cv2.medianBlur(bright, 7) > _BRIGHT)
    size = max(greys.shape[1] // 34, 3)
    opened = cv2.morphologyEx(seen.astype(np.uint8), cv2.MORPH_OPEN, np.ones((size, size), np.uint8))
    closed = cv2.morphologyEx(opened, cv2.MORPH_CLOSE, np.ones((2 * size, 2 * size), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(closed)
    hull = np.zeros(seen.shape, np.uint8)
    if count > 1:
        largest = (labels == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())).astype(np.uint8)
        contours, _ = cv2.findContours(largest, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        cv2.fillConvexPoly(hull, cv2.convexHull(np.concatenate(contours)), 1)
    return hull.astype(bool)
