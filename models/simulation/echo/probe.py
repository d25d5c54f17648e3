"""The fan that an ultrasound probe sees, in its own polar grid and in the picture."""

from dataclasses import dataclass

import cv2
import numpy as np

NUM_LINES = 128
NUM_SAMPLES = 192


@dataclass(frozen=True)
class Fan:
    """Where the fan lies in the picture; its tip is the origin of all centimetres, y pointing down into the body."""

    depth_cm: float
    opening_degrees: float
    near_cm: float
    """Depth at which the picture begins."""
    width: int
    """Of the picture, pixels."""
    height: int
    tip_x: float
    """Of the tip, pixels; it may lie above the picture."""
    tip_y: float
    pixels_per_cm: float

    @property
    def half_opening(self) -> float:
        """Half of the opening angle, radians."""
        return float(np.radians(self.opening_degrees) / 2)

    def to_pixels(self, points: np.ndarray) -> np.ndarray:
        """Return the pixel positions (x, y) of points in cm, (N, 2)."""
        return np.asarray(points * self.pixels_per_cm + (self.tip_x, self.tip_y))

    def to_grid(self, points: np.ndarray) -> np.ndarray:
        """Return where points in cm lie in the polar grid, (N, 2): line and sample, fractions allowed."""
        radius = np.hypot(points[:, 0], points[:, 1])
        angle = np.arctan2(points[:, 0], points[:, 1])
        line = (angle + self.half_opening) / (2 * self.half_opening) * (NUM_LINES - 1)
        sample = (radius - self.near_cm) / (self.depth_cm - self.near_cm) * (NUM_SAMPLES - 1)
        return np.stack((line, sample), 1)

    def grid_points(self) -> tuple[np.ndarray, np.ndarray]:
        """Return x and y of every grid point in cm, each (NUM_SAMPLES, NUM_LINES), float32."""
        angle = np.linspace(-self.half_opening, self.half_opening, NUM_LINES)
        radius = np.linspace(self.near_cm, self.depth_cm, NUM_SAMPLES)[:, None]
        return (radius * np.sin(angle)).astype(np.float32), (radius * np.cos(angle)).astype(np.float32)

    def scan_maps(self) -> tuple[np.ndarray, np.ndarray]:
        """Return what `cv2.remap` needs to bring a polar grid into the picture."""
        y, x = np.mgrid[: self.height, : self.width].astype(np.float64)
        points = np.stack(((x - self.tip_x) / self.pixels_per_cm, (y - self.tip_y) / self.pixels_per_cm), -1)
        grid = self.to_grid(points.reshape(-1, 2)).reshape(self.height, self.width, 2)
        is_outside = (grid[..., 0] < 0) | (grid[..., 0] > NUM_LINES - 1)
        is_outside |= (grid[..., 1] < 0) | (grid[..., 1] > NUM_SAMPLES - 1)
        grid[is_outside] = -10
        maps: tuple[np.ndarray, np.ndarray] = cv2.convertMaps(
            grid[..., 0].astype(np.float32), grid[..., 1].astype(np.float32), cv2.CV_16SC2
        )
        return maps

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom pixel of the fan within the picture, the last two exclusive."""
        edges = np.linspace(-self.half_opening, self.half_opening, 91)
        rim = np.stack((np.sin(edges), np.cos(edges)), 1)
        points = self.to_pixels(np.concatenate((rim * self.depth_cm, rim * self.near_cm)))
        (left, top), (right, bottom) = np.floor(points.min(0)).astype(int), np.ceil(points.max(0)).astype(int)
        return max(int(left), 0), max(int(top), 0), min(int(right), self.width), min(int(bottom), self.height)


def draw_fan(rng: np.random.Generator, *, width: int, height: int, depth_cm: float) -> Fan:
    """Draw a fan that fits into a picture with room for the machine's own marks."""
    opening = float(rng.uniform(66, 92))
    near_cm = float(rng.choice((0.0, rng.uniform(0.1, 0.9))))
    top, bottom = rng.uniform(0.01, 0.12) * height, height * (1 - rng.uniform(0.02, 0.16))
    pixels_per_cm = (bottom - top) / (depth_cm - near_cm * np.cos(np.radians(opening / 2)))
    widest = 2 * depth_cm * np.sin(np.radians(opening / 2)) * pixels_per_cm
    if widest > width * 0.98:
        pixels_per_cm *= width * 0.98 / widest
    return Fan(
        depth_cm=depth_cm,
        opening_degrees=opening,
        near_cm=near_cm,
        width=width,
        height=height,
        tip_x=width * (0.5 + float(rng.uniform(-0.05, 0.05))),
        tip_y=float(top - near_cm * np.cos(np.radians(opening / 2)) * pixels_per_cm),
        pixels_per_cm=float(pixels_per_cm),
    )
