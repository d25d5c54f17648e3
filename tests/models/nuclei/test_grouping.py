"""Pixels find the nuclei that they are of."""

import numpy as np
import pytest

from models.detection.found import instance_layer
from models.evaluation.instances import instance_overlap
from models.nuclei.grouping import SMALLEST_AREA, group_pixels
from models.nuclei.maps import NucleusMaps
from tests.models.nuclei.made_nuclei import maps_of, numbers_of

SIZE = (80, 120)
TOUCHING = [(30.0, 30.0, 12.0), (30.0, 53.0, 11.0), (52.0, 41.0, 12.0), (20.0, 100.0, 8.0)]


def grouped(maps: NucleusMaps, **options: float) -> np.ndarray:
    return instance_layer(group_pixels(maps, **options), maps.centre.shape)  # type: ignore[arg-type]


def test_nuclei_that_touch_are_told_apart_pixel_by_pixel() -> None:
    truth = numbers_of(TOUCHING, SIZE)
    overlap = instance_overlap(truth, grouped(maps_of(truth)))
    assert overlap.dsb_score == 1
    assert overlap.ious.max(1) == pytest.approx(1)


@pytest.mark.parametrize("scale", [0.5, 1.5, 2.0])
def test_nuclei_are_the_same_at_every_size_of_the_picture(scale: float) -> None:
    size = (round(SIZE[0] * scale), round(SIZE[1] * scale))
    truth = numbers_of([((r + 0.5) * scale - 0.5, (c + 0.5) * scale - 0.5, scale * q) for r, c, q in TOUCHING], size)
    found = grouped(maps_of(numbers_of(TOUCHING, SIZE)).resized(size), unit=scale, least_centre=0.05)
    assert instance_overlap(truth, found).ious.max(1).min() > 0.8
    assert len(np.unique(found)) == len(np.unique(truth))


def test_borders_are_those_of_full_size_unless_refinement_is_left_out() -> None:
    truth = numbers_of(TOUCHING[:1], SIZE)
    maps = maps_of(truth)
    maps.values[..., 3] = np.where(numbers_of([(30.0, 30.0, 9.0)], SIZE) > 0, 0.9, 0.1)
    assert (grouped(maps) > 0).sum() == (truth > 0).sum()
    assert (grouped(maps, outlines=False) > 0).sum() < 0.7 * (truth > 0).sum()


def test_a_centre_that_is_not_seen_is_where_many_pixels_point() -> None:
    truth = numbers_of(TOUCHING, SIZE)
    maps = maps_of(truth, centre=0.0)
    assert instance_overlap(truth, grouped(maps)).ious.max(1) == pytest.approx(1)


def test_pixels_that_agree_on_no_centre_are_of_no_nucleus() -> None:
    truth = numbers_of(TOUCHING, SIZE)
    maps = maps_of(truth)
    alone = truth == 4
    maps.centre[alone] *= 0.1
    maps.way[alone] = np.random.default_rng(0).uniform(-16, 16, (alone.sum(), 2))
    found = grouped(maps)
    assert not found[alone].any()
    assert len(np.unique(found)) - 1 == 3


def test_dust_and_holes() -> None:
    truth = numbers_of([(40.0, 40.0, 10.0), (40.0, 90.0, 2.0)], SIZE)
    maps = maps_of(truth)
    maps.values[38:41, 38:43, 4] = 0.1
    found = grouped(maps)
    assert (found > 0).sum() == (truth == 1).sum()
    assert (truth == 2).sum() < SMALLEST_AREA


def test_small_parts_count_where_the_border_cuts_them_off() -> None:
    assert len(group_pixels(maps_of(numbers_of([(0, 40, 4.5)], SIZE)))) == 1
    assert len(group_pixels(maps_of(numbers_of([(30, 40, 3.5)], SIZE)))) == 0


def test_a_picture_without_nuclei_has_none() -> None:
    assert len(group_pixels(maps_of(np.zeros(SIZE, np.int32)))) == 0
    assert len(group_pixels(maps_of(numbers_of(TOUCHING, SIZE)), least_centre=100)) == 0
