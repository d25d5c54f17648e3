"""Rounded limbs at the pixels where they may be seen, all limbs of a picture at once: they are small and many."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Capsules:
    """Balls swept along lines while their radius changes, as a camera sees them.

    Args:
        ends: x, y of both ends in pixels, (N, 2, 2).
        pixel_radii: at both ends, (N, 2).
        depths: of both ends, metres, (N, 2).
        radii: at both ends, metres, (N, 2).
    """

    ends: np.ndarray
    pixel_radii: np.ndarray
    depths: np.ndarray
    radii: np.ndarray

    def surfaces(self, rows: np.ndarray, columns: np.ndarray, limbs: np.ndarray) -> "Surfaces":
        """Return what of their limbs is seen at pixels, (P,) each; at some nothing is."""
        start_xs, start_ys = self.ends[:, 0].astype(np.float32).T
        way = (self.ends[:, 1] - self.ends[:, 0]).astype(np.float32)
        way_xs, way_ys = way.T
        scales = (1.0 / np.maximum(way_xs * way_xs + way_ys * way_ys, 1e-6)).astype(np.float32)
        xs, ys = columns.astype(np.float32) - start_xs[limbs], rows.astype(np.float32) - start_ys[limbs]
        along = xs * (way_xs * scales)[limbs] + ys * (way_ys * scales)[limbs]
        np.minimum(np.maximum(along, 0.0, out=along), 1.0, out=along)
        radius = _between(along, self.pixel_radii, limbs)
        normal_xs = (xs - along * way_xs[limbs]) / radius
        normal_ys = (ys - along * way_ys[limbs]) / radius
        bulge = 1.0 - normal_xs * normal_xs - normal_ys * normal_ys
        seen = np.flatnonzero(bulge > 0.0)
        along, limbs, heights = along[seen], limbs[seen], np.sqrt(bulge[seen])
        depths = _between(along, self.depths, limbs) - heights * _between(along, self.radii, limbs)
        return Surfaces(seen, depths, normal_xs[seen], normal_ys[seen], heights)


@dataclass(frozen=True, eq=False)
class Surfaces:
    """Where limbs are seen, float32 (S,) each: metres from the camera, and the direction that the surface faces.

    `pixels` (S,) says which of the pixels that were asked for they are.
    """

    pixels: np.ndarray
    depths: np.ndarray
    normal_xs: np.ndarray
    normal_ys: np.ndarray
    heights: np.ndarray

    def facing(self, which: np.ndarray, light: np.ndarray) -> np.ndarray:
        """Return how far some of them face the light, -1..1, (W,); the light's direction is the camera's, (3,)."""
        across = self.normal_xs[which] * light[0] + self.normal_ys[which] * light[1]
        return np.asarray(across - self.heights[which] * light[2])


def _between(along: np.ndarray, ends: np.ndarray, limbs: np.ndarray) -> np.ndarray:
    """Return what lies so far along (0..1) from the first to the second value of each limb."""
    spans, firsts = (ends[:, 1] - ends[:, 0]).astype(np.float32), ends[:, 0].astype(np.float32)
    return np.asarray(along * spans[limbs] + firsts[limbs])
