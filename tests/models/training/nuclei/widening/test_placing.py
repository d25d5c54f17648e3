"""New nuclei lie beside others and hardly under any."""

import numpy as np
import pytest
from scipy import ndimage

from models.training.nuclei.widening.placing import MOST_COVERED, overlap_of, place_for, put
from tests.models.nuclei.made_nuclei import numbers_of

SIZE = (80, 100)
DISC = numbers_of([(9, 9, 9)], (19, 19)) > 0


@pytest.mark.parametrize("seed", range(10))
def test_what_is_put_beside_another_touches_it_or_nearly_so(seed: int) -> None:
    numbers = numbers_of([(40, 50, 10)], SIZE)
    corner = place_for(numbers, DISC.shape, beside=True, rng=np.random.default_rng(seed))
    assert put(numbers, DISC, corner, 2)
    distances = ndimage.distance_transform_edt(numbers != 1)
    assert distances[numbers == 2].min() <= 3


def test_what_is_strewn_comes_anywhere_partly_outside_too() -> None:
    rng = np.random.default_rng(0)
    corners = np.array([place_for(np.zeros(SIZE, np.int32), DISC.shape, beside=True, rng=rng) for _ in range(400)])
    assert (corners.min(0) < 0).all()
    assert (corners.max(0) > np.array(SIZE) - DISC.shape).all()
    assert np.abs(corners.mean(0) - (np.array(SIZE) - DISC.shape) / 2).max() < 6


def test_nothing_lies_under_others_by_more_than_a_little() -> None:
    rng = np.random.default_rng(1)
    numbers = numbers_of([(30, 30, 12), (50, 70, 12)], SIZE)
    before = numbers.copy()
    number = 3
    for _ in range(60):
        corner = place_for(numbers, DISC.shape, beside=False, rng=rng)
        was = numbers.copy()
        if put(numbers, DISC, corner, number):
            within, part = overlap_of(DISC.shape, corner, SIZE)
            assert (numbers == number).sum() >= (1 - MOST_COVERED) * DISC[part].sum()
            assert (numbers[within][DISC[part]] > 0).all()
            number += 1
        else:
            assert np.array_equal(numbers, was)
    assert number > 5
    assert np.array_equal(numbers[before > 0], before[before > 0])


def test_outside_the_picture_nothing_is_put() -> None:
    numbers = np.zeros(SIZE, np.int32)
    assert not put(numbers, DISC, (-40, 10), 1)
    assert not put(numbers, DISC, (10, 200), 1)
    assert not numbers.any()
