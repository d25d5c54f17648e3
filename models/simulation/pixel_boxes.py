"""The pixels of a picture around what is drawn there: none outside is looked at."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

MOST_PIXELS = 131_072
"""Of the boxes that are looked at together: some ten megabytes of working memory."""


@dataclass(frozen=True, eq=False)
class PixelBoxes:
    """The pixels in which each of many things may be seen; rows and columns from `tops` and `lefts` on."""

    tops: np.ndarray
    lefts: np.ndarray
    heights: np.ndarray
    widths: np.ndarray

    @classmethod
    def around(cls, lows: np.ndarray, highs: np.ndarray, shape: tuple[int, int]) -> "PixelBoxes":
        """Return boxes from x, y to x, y in pixels, (N, 2) each, inside a picture (H, W); some may be empty."""
        height, width = shape
        lefts, tops = np.maximum(np.floor(lows), 0).astype(np.int64).T
        rights, bottoms = np.minimum(np.ceil(highs) + 1, (width, height)).astype(np.int64).T
        return cls(tops, lefts, np.maximum(bottoms - tops, 0), np.maximum(rights - lefts, 0))

    def parts(self) -> Iterator[slice]:
        """Yield the boxes in turn, so many at a time that they hold about `MOST_PIXELS`."""
        total = np.cumsum(self.heights * self.widths)
        first = 0
        while first < len(total):
            before = total[first - 1] if first else 0
            last = max(first + 1, int(np.searchsorted(total, before + MOST_PIXELS, side="right")))
            yield slice(first, last)
            first = last

    def window(self, index: int) -> tuple[slice, slice]:
        """Return the rows and columns of one box."""
        top, left = int(self.tops[index]), int(self.lefts[index])
        return slice(top, top + int(self.heights[index])), slice(left, left + int(self.widths[index]))

    def pixels(self, part: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return of every pixel in the boxes its row, its column and the box, (P,) each; box after box."""
        heights = self.heights[part]
        boxes_of_rows = np.repeat(np.arange(part.start, part.stop), heights)
        rows = _counted(heights) + self.tops[boxes_of_rows]
        widths_of_rows = self.widths[boxes_of_rows]
        columns = _counted(widths_of_rows) + np.repeat(self.lefts[boxes_of_rows], widths_of_rows)
        return np.repeat(rows, widths_of_rows), columns, np.repeat(boxes_of_rows, widths_of_rows)


def _counted(lengths: np.ndarray) -> np.ndarray:
    """Return 0, 1, ... below each of the lengths, one run after the other."""
    ends = np.cumsum(lengths)
    return np.asarray(np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - lengths, lengths))
