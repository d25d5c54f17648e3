"""A pinhole camera: where points of the room fall on the picture."""

from dataclasses import dataclass

import numpy as np

NEAR_METRES = 0.12
"""Nothing nearer to the camera than this is drawn."""


@dataclass(frozen=True, eq=False)
class Camera:
    """Position, direction and lens of a camera; the room's z axis points up."""

    position: np.ndarray
    """Place in the room, metres, shape (3,)."""
    rotation: np.ndarray
    """Rows are the camera's right, down and forward directions in the room, shape (3, 3)."""
    focal_pixels: float
    width: int
    height: int

    @classmethod
    def look_at(
        cls,
        position: np.ndarray,
        target: np.ndarray,
        *,
        horizontal_fov_degrees: float,
        roll_degrees: float,
        width: int,
        height: int,
    ) -> "Camera":
        """Return a camera at `position` whose optical axis goes through `target`."""
        forward = (target - position) / np.linalg.norm(target - position)
        right = np.cross(forward, (0.0, 0.0, 1.0))
        right /= np.linalg.norm(right)
        down = np.cross(forward, right)
        roll = np.radians(roll_degrees)
        rolled_right = np.cos(roll) * right + np.sin(roll) * down
        rolled_down = np.cos(roll) * down - np.sin(roll) * right
        focal_pixels = width / 2 / np.tan(np.radians(horizontal_fov_degrees) / 2)
        return cls(position, np.stack((rolled_right, rolled_down, forward)), float(focal_pixels), width, height)

    def to_camera(self, points: np.ndarray) -> np.ndarray:
        """Return room points (..., 3) as right, down, forward of the camera, metres."""
        return np.asarray((points - self.position) @ self.rotation.T)

    def project(self, points: np.ndarray) -> np.ndarray:
        """Return where room points (..., 3) fall on the picture: x, y in pixels, shape (..., 2).

        Points behind the camera give coordinates without meaning; `is_in_view` tells.
        """
        seen = self.to_camera(points)
        return self.to_pixels(seen)

    def to_pixels(self, seen: np.ndarray) -> np.ndarray:
        """Return pixel coordinates (..., 2) of points (..., 3) in the camera's own axes."""
        depth = np.maximum(seen[..., 2:], NEAR_METRES)
        return np.asarray(seen[..., :2] / depth * self.focal_pixels + self.centre)

    def is_in_view(self, points: np.ndarray, margin: float = 0.0) -> np.ndarray:
        """Say of each room point whether it falls on the picture, `margin` (a share of its width) inside the edge."""
        seen = self.to_camera(points)
        pixels = self.to_pixels(seen)
        edge = margin * self.width
        inside = (pixels >= edge) & (pixels <= np.array((self.width, self.height)) - edge)
        return np.asarray((seen[..., 2] > NEAR_METRES) & inside.all(axis=-1))

    @property
    def centre(self) -> np.ndarray:
        """Pixel at which the optical axis falls, shape (2,)."""
        return np.array(((self.width - 1) / 2, (self.height - 1) / 2))
