"""Numbers at another size stay the numbers that they are."""

import numpy as np
import pytest

from models.imaging.nearest import resized_numbers


@pytest.mark.parametrize("size", [(20, 30), (40, 60), (10, 15), (33, 47)])
def test_numbers_become_no_others_and_keep_their_places(size: tuple[int, int]) -> None:
    layers = np.zeros((2, 20, 30), np.int32)
    layers[0, 4:12, 6:18] = 7
    layers[1, 10:20, 20:30] = 900
    made = resized_numbers(layers, size)
    assert set(np.unique(made)) == {0, 7, 900}
    for layer, number in enumerate((7, 900)):
        share = (made[layer] == number).mean() / (layers[layer] == number).mean()
        assert share == pytest.approx(1, abs=0.12)
    assert np.array_equal(resized_numbers(layers, (20, 30)), layers)
