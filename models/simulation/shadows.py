"""Soft shadows that people cast on the floor below them."""

import numpy as np

from models.simulation.body import Pose
from models.simulation.canvas import Canvas

RADIUS_METRES = 0.42
DARKNESS = 0.4


class FloorShadows:
    """Knows which floor point every pixel shows, and darkens those below a person."""

    def __init__(self, empty: Canvas, floor_materials: tuple[int, int]) -> None:
        """`empty`: the room before anything that moves."""
        self._camera = empty.camera
        self._materials = floor_materials
        height, width = empty.depths.shape
        xs = (np.arange(width) - self._camera.centre[0]) / self._camera.focal_pixels
        ys = (np.arange(height) - self._camera.centre[1]) / self._camera.focal_pixels
        rays = np.stack((*np.meshgrid(xs, ys), np.ones((height, width))), axis=-1)
        seen = rays * empty.depths[..., None]
        room = seen @ self._camera.rotation + self._camera.position
        self._xs, self._ys = room[..., 0].astype(np.float32), room[..., 1].astype(np.float32)

    def cast(self, canvas: Canvas, poses: list[Pose]) -> None:
        """Darken the floor below each person."""
        angles = np.linspace(0, 2 * np.pi, 12, endpoint=False)
        for pose in poses:
            reach = 2.2 * RADIUS_METRES
            rim = np.stack((pose.x + reach * np.cos(angles), pose.y + reach * np.sin(angles), 0 * angles), axis=-1)
            if not self._camera.is_in_view(rim).any():
                continue
            pixels = self._camera.project(rim)
            low = np.maximum(np.floor(pixels.min(axis=0)).astype(int), 0)
            high = np.ceil(pixels.max(axis=0)).astype(int) + 1
            part = (slice(low[1], max(high[1], 0)), slice(low[0], max(high[0], 0)))
            xs, ys = self._xs[part] - np.float32(pose.x), self._ys[part] - np.float32(pose.y)
            nearness = np.exp(-(xs * xs + ys * ys) / np.float32(RADIUS_METRES**2))
            materials = canvas.materials[part]
            is_floor = (materials == self._materials[0]) | (materials == self._materials[1])
            canvas.shades[part] *= np.where(is_floor, 1.0 - np.float32(DARKNESS) * nearness, 1.0)
