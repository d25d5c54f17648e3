"""The scale of a picture follows from its nuclei."""

import numpy as np
import pytest

from models.nuclei.scaling import (
    NORMAL_DIAMETER,
    estimate_diameter,
    first_scales,
    median_diameter,
    normal_scale,
    numbered_areas,
    viewable_scale,
)
from tests.models.nuclei.made_nuclei import numbers_of, objects_in

SIZE = (70, 100)
DISCS = [(20.0, 20.0, 8.0), (45.0, 60.0, 9.0), (20.0, 85.0, 8.0)]


def at_scale(scale: float) -> np.ndarray:
    size = (round(SIZE[0] * scale), round(SIZE[1] * scale))
    return numbers_of([(scale * row, scale * column, scale * radius) for row, column, radius in DISCS], size)


def test_the_scale_follows_the_nuclei_of_the_look_that_knows_their_size_best() -> None:
    truth = numbers_of(DISCS, SIZE)
    looks = [(scale, objects_in(at_scale(scale))) for scale in (0.5, 1.0, 2.0)]
    diameter = estimate_diameter(looks)
    assert diameter == pytest.approx(median_diameter(numbered_areas(truth)), rel=0.05)
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
