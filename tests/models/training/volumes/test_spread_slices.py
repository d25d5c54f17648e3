"""Which slices somebody would annotate."""

import pytest

from models.training.volumes.spread_slices import spread_slices


@pytest.mark.parametrize("count", [1, 2, 3, 7, 10])
def test_as_many_slices_are_spread_over_the_axes_as_are_asked_for(count: int) -> None:
    slices = spread_slices((40, 50, 60), count)
    numbers = [len(slices.get(axis, ())) for axis in range(3)]
    assert sum(numbers) == count
    assert max(numbers) - min(numbers) <= 1
    assert all(len(set(indices)) == len(indices) for indices in slices.values())


def test_slices_that_are_held_out_are_not_annotated() -> None:
    assert spread_slices((10, 10, 10), 1) == {0: (5,)}
    assert spread_slices((10, 10, 10), 1, {0: range(3, 8)}) == {0: (2,)}


def test_more_slices_than_there_are_are_refused() -> None:
    with pytest.raises(ValueError, match="required 3 slices along D, found 2"):
        spread_slices((4, 9, 9), 9, {0: (0, 1)})
