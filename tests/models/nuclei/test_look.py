"""Pictures of every look become alike."""

import numpy as np
import pytest

from models.nuclei.look import has_light_ground, unified_look
from tests.models.nuclei.made_nuclei import numbers_of

SIZE = (70, 100)
DISCS = [(20.0, 20.0, 8.0), (45.0, 60.0, 9.0), (20.0, 85.0, 8.0)]


def picture(*, ground: float, nucleus: float) -> np.ndarray:
    shades = np.where(numbers_of(DISCS, SIZE) > 0, nucleus, ground)
    noisy = shades + np.random.default_rng(0).normal(0, 2, SIZE)
    return np.repeat(np.clip(noisy, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


@pytest.mark.parametrize(("ground", "nucleus"), [(20, 60), (5, 200), (230, 120), (200, 180)])
def test_nuclei_become_light_on_dark_ground_whatever_the_look(ground: float, nucleus: float) -> None:
    pixels = picture(ground=ground, nucleus=nucleus)
    assert has_light_ground(pixels) == (ground > nucleus)
    unified = unified_look(pixels)
    is_nucleus = numbers_of(DISCS, SIZE) > 0
    assert unified[is_nucleus].mean() > 180
    assert unified[~is_nucleus].mean() < 110


@pytest.mark.parametrize("shade", [0, 90, 255])
def test_an_empty_picture_stays_empty(shade: int) -> None:
    unified = unified_look(np.full((20, 30, 3), shade, np.uint8))
    assert unified.shape == (20, 30, 3)
    assert np.ptp(unified) == 0
