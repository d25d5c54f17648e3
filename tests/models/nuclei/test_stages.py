"""Look and scale: what stands between a picture and the network."""

import numpy as np
import pytest

from models.nuclei.look import has_light_ground, unified_look
from models.nuclei.scaling import (
    NORMAL_DIAMETER,
    estimate_diameter,
    first_scales,
    median_diameter,
    normal_scale,
    viewable_scale,
)
from tests.models.nuclei.made_nuclei import numbers_of, objects_in

SIZE = (70, 100)
DISCS = [(20.0, 20.0, 8.0), (45.0, 60.0, 9.0), (20.0, 85.0, 8.0)]


def picture(*, ground: float, nucleus: float) -> np.ndarray:
    shades = np.where(numbers_of(DISCS, SIZE) > 0, nucleus, ground)
    noisy = shades + np.random.default_rng(0).normal(0, 2, SIZE)
    return np.repeat(np.clip(noisy, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def at_scale(scale: float) -> np.ndarray:
    size = (round(SIZE[0] * scale), round(SIZE[1] * scale))
    return numbers_of([(scale * row, scale * column, scale * radius) for row, column, radius in DISCS], size)


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


def test_the_scale_follows_the_nuclei_of_the_look_that_knows_their_size_best() -> None:
    truth = numbers_of(DISCS, SIZE)
    looks = [(scale, objects_in(at_scale(scale))) for scale in (0.5, 1.0, 2.0)]
    diameter = estimate_diameter(looks)
    assert diameter == pytest.approx(median_diameter(truth), rel=0.05)
    assert normal_scale(diameter) == pytest.approx(NORMAL_DIAMETER / 16, rel=0.1)
    assert normal_scale(None) == 1
    assert estimate_diameter([(1.0, objects_in(np.zeros(SIZE, np.int32)))]) is None


def test_pictures_do_not_grow_beyond_what_can_be_looked_at() -> None:
    assert viewable_scale(4.0, (200, 300)) == 4
    assert viewable_scale(4.0, (4096, 4096)) == 1
    assert viewable_scale(0.5, (8000, 8000)) == 0.5
    assert 1 < viewable_scale(4.0, (2000, 3000)) < 2
    assert first_scales((200, 300)) == [0.5, 1.0, 2.0]
    assert first_scales((2000, 3000)) == [0.5, 1.0]
