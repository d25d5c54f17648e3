"""Rounded limbs as the pixels that they cover, all limbs of a picture at once: they are small and many."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

MOST_PIXELS = 131_072
"""Of the boxes around limbs that are looked at together: some ten megabytes of working memory."""


@dataclass(frozen=True, eq=False)
class Boxes:
    """The pixels in which each limb may be seen; rows and columns from `tops` and `lefts` on."""

    tops: np.ndarray
    lefts: np.ndarray
    heights: np.ndarray
    widths: np.ndarray

    @classmethod
    def around(cls, lows: np.ndarray, highs: np.ndarray, shape: tuple[int, int]) -> "Boxes":
        """Return boxes from x, y to x, y in pixels, (N, 2) each, inside a picture (H, W); some may be empty."""
        height, width = shape
        lefts, tops = np.maximum(np.floor(lows), 0).astype(np.int64).T
        rights, bottoms = np.minimum(np.ceil(highs) + 1, (width, height)).astype(np.int64).T
        return cls(tops, lefts, np.maximum(bottoms - tops, 0), np.maximum(rights - lefts, 0))

    def parts(self) -> Iterator[slice]:
        """Yield the limbs in turn, so many at a time that their boxes hold about `MOST_PIXELS`."""
        total = np.cumsum(self.heights * self.widths)
        first = 0
        while first < len(total):
            before = total[first - 1] if first else 0
            last = max(first + 1, int(np.searchsorted(total, before + MOST_PIXELS, side="right")))
            yield slice(first, last)
            first = last

    def pixels(self, part: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return of every pixel in the boxes its row, its column and its limb, (P,) each; limb after limb."""
        heights = self.heights[part]
        limbs_of_rows = np.repeat(np.arange(part.start, part.stop), heights)
        rows = _counted(heights) + self.tops[limbs_of_rows]
        widths_of_rows = self.widths[limbs_of_rows]
        columns = _counted(widths_of_rows) + np.repeat(self.lefts[limbs_of_rows], widths_of_rows)
        return np.repeat(rows, widths_of_rows), columns, np.repeat(limbs_of_rows, widths_of_rows)


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


def _counted(lengths: np.ndarray) -> np.ndarray:
    """Return 0, 1, ... below each of the lengths, one run after the other."""
    ends = np.cumsum(lengths)
    return np.asarray(np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - lengths, lengths))
