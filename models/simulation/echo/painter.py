"""Draws tissue into the polar grid of a probe: how strongly each place sends sound back, in decibels."""

import cv2
import numpy as np

from models.simulation.echo.probe import NUM_LINES, NUM_SAMPLES, Fan

_SHIFT = 5  # sub-grid positions: OpenCV takes integers in units of 1/32


class Painter:
    """A picture of echo strength in the making; positions are in cm, y pointing away from the probe."""

    def __init__(self, fan: Fan, background_db: np.ndarray) -> None:
        """`background_db`: what lies where nothing is painted, (NUM_SAMPLES, NUM_LINES), float32."""
        self._fan = fan
        self.levels_db = background_db.astype(np.float32).copy()
        self.is_blood = np.zeros((NUM_SAMPLES, NUM_LINES), np.uint8)

    def area(self, outline: np.ndarray, level_db: float, *, is_blood: bool = False) -> None:
        """Fill a polygon, (N, 2)."""
        corners = [np.round(self._fan.to_grid(outline) * 2**_SHIFT).astype(np.int32)]
        cv2.fillPoly(self.levels_db, corners, level_db, cv2.LINE_8, _SHIFT)
        cv2.fillPoly(self.is_blood, corners, int(is_blood), cv2.LINE_8, _SHIFT)

    def line(self, points: np.ndarray, level_db: float, *, thickness_cm: float) -> None:
        """Draw a ribbon along points, (N, 2)."""
        along = np.gradient(points, axis=0)
        across = np.stack((-along[:, 1], along[:, 0]), 1)
        across *= thickness_cm / 2 / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
        self.area(np.concatenate((points + across, (points - across)[::-1])), level_db)

    def softened(self, num_lines: float) -> np.ndarray:
        """Return the levels as a beam of some width sees them, (NUM_SAMPLES, NUM_LINES), float32."""
        return np.asarray(cv2.GaussianBlur(self.levels_db, (0, 0), sigmaX=num_lines, sigmaY=0.8 * num_lines))


def ellipse(centre: tuple[float, float], radii: tuple[float, float], *, degrees: float = 0.0) -> np.ndarray:
    """Return an ellipse as a polygon, (48, 2); `degrees` turns it clockwise as seen."""
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    points = np.stack((radii[0] * np.cos(angle), radii[1] * np.sin(angle)), 1)
    return np.asarray(points @ turn(degrees).T + centre)


def turn(degrees: float) -> np.ndarray:
    """Return the matrix that turns column vectors (x right, y down) clockwise as seen."""
    radians = np.radians(degrees)
    return np.array(((np.cos(radians), -np.sin(radians)), (np.sin(radians), np.cos(radians))))
