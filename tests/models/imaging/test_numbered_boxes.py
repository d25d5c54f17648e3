"""Where the objects of a label map lie."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from models.imaging.numbered_boxes import numbered_boxes


@given(arrays(np.int32, array_shapes(min_dims=1, max_dims=3, max_side=6), elements=st.integers(0, 9)))
def test_every_number_comes_once_with_the_smallest_box_that_holds_it(numbers: np.ndarray) -> None:
    found = dict(numbered_boxes(numbers))
    assert list(found) == [number for number in np.unique(numbers).tolist() if number > 0]
    for number, box in found.items():
        within = numbers[box] == number
        assert within.sum() == (numbers == number).sum()
        for axis in range(numbers.ndim):
            assert within.take(0, axis).any()
            assert within.take(-1, axis).any()


def test_fractions_are_refused() -> None:
    with pytest.raises(TypeError, match="integer"):
        list(numbered_boxes(np.full((2, 2), 0.5)))
