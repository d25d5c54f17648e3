"""The volume of a ventricle from its outline in one plane, as if it were equally wide from all sides."""

import cv2
import numpy as np


def area_length_volume(mask: np.ndarray) -> float:
    """Return the volume by area and length, 8 A^2 / (3 pi L), in pixels cubed; 0 for an empty mask.

    Args:
        mask: of the ventricle's cavity, bool (H, W).

    Source: Lang et al., Recommendations for Cardiac Chamber Quantification by Echocardiography in Adults, 2015,
        doi:10.1016/j.echo.2014.10.003; the length is the extent along the mask's main axis.
    """
    area = int(mask.sum())
    return 8 * area**2 / (3 * np.pi * long_axis(mask)) if area else 0.0


def long_axis(mask: np.ndarray) -> float:
    """Return the extent of a mask that is not empty along the axis of its largest spread, pixels."""
    y, x = np.nonzero(mask)
    points = np.stack((x, y), 1).astype(np.float64)
    points -= points.mean(0)
    axis = np.linalg.eigh(points.T @ points)[1][:, 1]
    along = points @ axis
    return float(along.max() - along.min()) + 1


def largest_part(mask: np.ndarray) -> np.ndarray:
    """Return the largest connected part of a mask, bool (H, W)."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(np.asarray(mask, np.uint8), connectivity=4)
    if count < 2:
        return np.zeros(mask.shape, bool)
    return np.asarray(labels == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax()))


def outline(mask: np.ndarray) -> np.ndarray:
    """Return the border of a mask in one part, (N, 2) x and y; (0, 2) when it is empty."""
    contours, _ = cv2.findContours(np.asarray(mask, np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return np.zeros((0, 2))
    return np.asarray(max(contours, key=len)[:, 0], np.float64)
