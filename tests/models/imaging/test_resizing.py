"""Pictures keep their content at another size, numbers stay what they are."""

import numpy as np
import pytest

from models.imaging.resizing import resized, resized_numbers

SIZES = [(20, 30), (40, 60), (10, 15), (33, 47)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("channels", [(), (1,), (3,)])
def test_a_picture_keeps_its_mean_and_its_channels(size: tuple[int, int], channels: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(0).random((20, 30, *channels), np.float32)
    made = resized(pixels, size)
    assert made.shape == (*size, *channels)
    assert made.mean() == pytest.approx(pixels.mean(), abs=0.02)


@pytest.mark.parametrize("size", SIZES)
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
