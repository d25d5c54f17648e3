import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.imaging.tiles import tiles_of


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 90), min_size=2, max_size=3), st.integers(9, 40), st.integers(0, 8))
def test_every_pixel_counts_once_and_is_seen_where_it_counts(size: list[int], side: int, overlap: int) -> None:
    counted = np.zeros(size, int)
    for tile in tiles_of(size, [side] * len(size), overlap):
        counted[tile.counted] += 1
        seen = np.zeros(size, bool)
        seen[tile.seen] = True
        assert max(seen.shape) >= max(part.stop - part.start for part in tile.seen)
        assert all(part.stop - part.start <= side for part in tile.seen)
        assert seen[tile.counted].all()
        assert np.array_equal(
            np.argwhere(seen[tile.seen][tile.counted_within]).shape, (counted[tile.counted].size, len(size))
        )
    assert (counted == 1).all()


def test_neighbours_overlap_by_at_least_what_was_asked() -> None:
    tiles = tiles_of((10, 500), (64, 64), 20)
    for before, after in itertools.pairwise(tiles):
        assert before.seen[1].stop - after.seen[1].start >= 20


def test_tiles_smaller_than_their_overlap_are_refused() -> None:
    with pytest.raises(ValueError, match="larger than their overlap of 64 pixels"):
        tiles_of((100, 100), (64, 200), 64)
