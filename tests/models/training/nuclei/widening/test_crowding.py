"""Crowded pictures show more nuclei of the same look, each with its number."""

import numpy as np

from models.training.nuclei.widening.crowding import FEWEST_ADDED, crowded
from models.training.pictures.labelled import LabelledPicture, marked_instances
from tests.models.nuclei.made_nuclei import numbers_of

SIZE = (160, 200)
DISCS = [(30.0, 30.0, 10.0), (60.0, 150.0, 12.0), (120.0, 60.0, 11.0), (110.0, 160.0, 9.0)]
GROUND, LIGHT = 20, 180


def picture() -> LabelledPicture:
    numbers = numbers_of(DISCS, SIZE)
    shades = np.where(numbers > 0, LIGHT, GROUND).astype(np.uint8)
    return marked_instances("p", np.repeat(shades[..., None], 3, axis=2), numbers, {"width": "200"})


def test_there_are_more_nuclei_and_those_there_were_stay() -> None:
    original = picture()
    copies = crowded([original, original], 3, seed=0)
    assert len(copies) == 6
    assert len({copy.name for copy in copies}) == 3
    for copy in copies:
        assert len(np.unique(copy.layers[0])) - 1 == len(DISCS) + FEWEST_ADDED
        assert copy.groups == original.groups
        was = original.layers[0] > 0
        assert np.array_equal(copy.layers[0][was], original.layers[0][was])
        assert (copy.pixels[was] >= LIGHT).all()


def test_new_nuclei_are_light_and_nothing_else_became_so() -> None:
    for copy in crowded([picture()], 4, seed=1):
        shades = copy.pixels[..., 0].astype(int)
        assert shades[copy.layers[0] > 0].min() > GROUND + 0.4 * (LIGHT - GROUND)
        assert np.abs(shades[copy.layers[0] == 0] - GROUND).max() < 0.2 * LIGHT


def test_a_seed_gives_one_result() -> None:
    one, two, other = (crowded([picture()], 1, seed=seed)[0] for seed in (5, 5, 6))
    assert np.array_equal(one.pixels, two.pixels)
    assert np.array_equal(one.layers, two.layers)
    assert not np.array_equal(one.layers, other.layers)


def test_nuclei_that_are_cut_off_or_touch_are_not_used() -> None:
    numbers = numbers_of([(0, 20, 9), (60, 60, 10), (60, 79, 10)], SIZE)
    pixels = np.repeat(np.where(numbers > 0, LIGHT, GROUND).astype(np.uint8)[..., None], 3, axis=2)
    (copy,) = crowded([marked_instances("p", pixels, numbers)], 1, seed=0)
    assert np.array_equal(copy.pixels, pixels)
    assert np.array_equal(copy.layers[0], numbers)
