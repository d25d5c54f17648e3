"""Divides pictures and volumes into tiles that overlap, so that a network never sees more than it has memory for."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

Part = tuple[slice, ...]


@dataclass(frozen=True)
class Tile:
    """One tile: what is looked at, and what of it counts."""

    seen: Part
    """Of the picture, one slice an axis."""
    counted: Part
    """Of the picture, within `seen`; the counted parts of all tiles fill the picture, none overlaps another."""

    @property
    def counted_within(self) -> Part:
        """The part that counts, within what is seen."""
        return tuple(
            slice(part.start - whole.start, part.stop - whole.start)
            for part, whole in zip(self.counted, self.seen, strict=True)
        )

    def counts(self, point: Sequence[float]) -> bool:
        """Whether a point, one coordinate an axis, lies in the part that counts."""
        return all(part.start <= place < part.stop for part, place in zip(self.counted, point, strict=True))


def tiles_of(size: Sequence[int], tile: Sequence[int], overlap: int) -> list[Tile]:
    """Return the tiles of a picture, in order; one where the picture is no larger than a tile.

    Args:
        size: (H, W) or (D, H, W).
        tile: largest size of what is seen.
        overlap: how far two neighbours see the same, pixels.

    Raises:
        ValueError: tiles would not get on: they are not larger than their overlap.
    """
    if min(tile) <= overlap:
        raise ValueError(f"tiles must be larger than their overlap of {overlap} pixels, got {tuple(tile)}")
    along = [_along(length, part, overlap) for length, part in zip(size, tile, strict=True)]
    return [Tile(tuple(one[0] for one in parts), tuple(one[1] for one in parts)) for parts in itertools.product(*along)]


def _along(length: int, tile: int, overlap: int) -> list[tuple[slice, slice]]:
    """Return what is seen and what is counted of each tile along one axis; all see equally much."""
    if length <= tile:
        return [(slice(0, length), slice(0, length))]
    count = -(-(length - overlap) // (tile - overlap))
    starts = [round(index * (length - tile) / (count - 1)) for index in range(count)]
    borders = [0, *((before + tile + after) // 2 for before, after in itertools.pairwise(starts)), length]
    return [
        (slice(start, start + tile), slice(*border))
        for start, border in zip(starts, itertools.pairwise(borders), strict=True)
    ]
