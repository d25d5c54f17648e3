"""Pictures keep their content at another size."""

import numpy as np
import pytest

from models.imaging.resizing import resized

SIZES = [(20, 30), (40, 60), (10, 15), (33, 47)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("channels", [(), (1,), (3,)])
def test_a_picture_keeps_its_mean_and_its_channels(size: tuple[int, int], channels: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(0).random((20, 30, *channels), np.float32)
    made = resized(pixels, size)
    assert made.shape == (*size, *channels)
    assert made.mean() == pytest.approx(pixels.mean(), abs=0.02)
