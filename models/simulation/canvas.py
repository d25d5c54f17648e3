"""A picture with depth, onto which flat polygons and rounded limbs are drawn; the nearest surface wins."""

import numpy as np

from models.simulation.camera import NEAR_METRES, Camera
from models.simulation.capsules import Capsules
from models.simulation.pixel_boxes import PixelBoxes

FAR_METRES = 30.0
AMBIENT = 0.52
DIFFUSE = 0.55


class Canvas:
    """Depth, brightness and material of every pixel, as one camera sees them.

    Colour comes last (`looks.py`): a material is an index into a palette, so that a depth picture
    costs no colour at all and a change of the light costs one multiplication.
    """

    def __init__(self, camera: Camera, light: np.ndarray) -> None:
        """`light`: direction from the room towards the light, unit length, shape (3,)."""
        self.camera = camera
        shape = (camera.height, camera.width)
        self.depths = np.full(shape, FAR_METRES, np.float32)
        self.shades = np.ones(shape, np.float32)
        self.materials = np.zeros(shape, np.uint8)
        self._light = (camera.rotation @ light).astype(np.float32)
        columns, rows = np.arange(camera.width), np.arange(camera.height)
        self._ray_xs = ((columns - camera.centre[0]) / camera.focal_pixels).astype(np.float32)
        self._ray_ys = ((rows - camera.centre[1]) / camera.focal_pixels).astype(np.float32)[:, None]
        self._xs = columns.astype(np.float32)
        self._ys = rows.astype(np.float32)[:, None]

    def paste(self, other: "Canvas") -> None:
        """Take over the whole content of another canvas of the same camera."""
        np.copyto(self.depths, other.depths)
        np.copyto(self.shades, other.shades)
        np.copyto(self.materials, other.materials)

    def fill_polygon(self, corners: np.ndarray, material: int, *, glow: float = 1.0) -> None:
        """Draw a flat convex polygon given by its corners in the room, shape (N, 3).

        Args:
            glow: factor on its brightness, for folds and screens.
        """
        seen = _clip_to_front(self.camera.to_camera(corners))
        if len(seen) < 3:
            return
        pixels = self.camera.to_pixels(seen)
        normal = np.cross(seen[1] - seen[0], seen[2] - seen[0])
        length = float(np.linalg.norm(normal))
        if length < 1e-9:
            return
        normal /= -np.sign(normal @ seen[0] or 1.0) * length  # faces the camera
        box = PixelBoxes.around(pixels.min(axis=0, keepdims=True), pixels.max(axis=0, keepdims=True), self.depths.shape)
        rows, columns = box.window(0)
        slope = normal[0] * self._ray_xs[columns] + normal[1] * self._ray_ys[rows] + normal[2]
        depths = (normal @ seen[0] / np.minimum(slope, -1e-6)).astype(np.float32)
        wins = self._is_inside(pixels, rows, columns) & (depths < self.depths[rows, columns])
        shade = (AMBIENT + DIFFUSE * max(0.0, float(normal @ self._light))) * glow
        np.copyto(self.depths[rows, columns], depths, where=wins)
        np.copyto(self.shades[rows, columns], np.float32(shade), where=wins)
        np.copyto(self.materials[rows, columns], np.uint8(material), where=wins)

    def fill_capsules(self, ends: np.ndarray, radii: np.ndarray, materials: np.ndarray) -> None:
        """Draw rounded limbs, each a ball swept along a line while its radius changes.

        Args:
            ends: both ends of every limb in the room, shape (N, 2, 3), metres.
            radii: radius at both ends, shape (N, 2), metres.
            materials: palette index of each, shape (N,).
        """
        seen = self.camera.to_camera(ends)
        depths = np.maximum(seen[..., 2], NEAR_METRES)
        pixels = self.camera.to_pixels(seen)
        pixel_radii = np.maximum(radii / depths * self.camera.focal_pixels, 0.55)
        in_front = np.flatnonzero((seen[..., 2] > NEAR_METRES + radii).all(axis=1))
        lows = (pixels - pixel_radii[..., None]).min(axis=1)
        highs = (pixels + pixel_radii[..., None]).max(axis=1)
        boxes = PixelBoxes.around(lows[in_front], highs[in_front], self.depths.shape)
        capsules = Capsules(pixels[in_front], pixel_radii[in_front], depths[in_front], radii[in_front])
        for part in boxes.parts():
            self._fill(capsules, materials[in_front], *boxes.pixels(part))

    def _fill(
        self, capsules: Capsules, materials: np.ndarray, rows: np.ndarray, columns: np.ndarray, limbs: np.ndarray
    ) -> None:
        """Draw what is seen of limbs at these pixels; of two that are as near, the one that comes first."""
        surfaces = capsules.surfaces(rows, columns, limbs)
        places = rows[surfaces.pixels] * self.camera.width + columns[surfaces.pixels]
        depths = self.depths.reshape(-1)
        nearer = np.flatnonzero(surfaces.depths < depths[places])
        np.minimum.at(depths, places[nearer], surfaces.depths[nearer])
        wins = nearer[surfaces.depths[nearer] == depths[places[nearer]]][::-1]  # the first is written last
        shades = np.maximum(surfaces.facing(wins, self._light), 0.0) * np.float32(DIFFUSE) + np.float32(AMBIENT)
        self.shades.reshape(-1)[places[wins]] = shades
        self.materials.reshape(-1)[places[wins]] = materials[limbs[surfaces.pixels[wins]]]

    def _is_inside(self, corners: np.ndarray, rows: slice, columns: slice) -> np.ndarray:
        """Say of each pixel centre whether it lies in the convex polygon with these corners, shape (N, 2)."""
        ahead = np.roll(corners, -1, axis=0) - corners
        area = float((corners[:, 0] * ahead[:, 1] - corners[:, 1] * ahead[:, 0]).sum())
        inside = np.ones((rows.stop - rows.start, columns.stop - columns.start), bool)
        for (x, y), (dx, dy) in zip(
            corners.astype(np.float32), (np.sign(area) * ahead).astype(np.float32), strict=True
        ):
            inside &= (self._ys[rows] - y) * dx - (self._xs[columns] - x) * dy >= 0
        return inside


def _clip_to_front(corners: np.ndarray) -> np.ndarray:
    """Cut off the part of a polygon that lies behind the camera (Sutherland-Hodgman, one plane)."""
    kept: list[np.ndarray] = []
    for first, second in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        is_first_in, is_second_in = first[2] > NEAR_METRES, second[2] > NEAR_METRES
        if is_first_in:
            kept.append(first)
        if is_first_in != is_second_in:
            share = (NEAR_METRES - first[2]) / (second[2] - first[2])
            kept.append(first + share * (second - first))
    return np.array(kept)
