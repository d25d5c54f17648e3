"""Look, scale, views and merging: what stands between a picture and the networks."""

import numpy as np
import pytest

from models.detection.found import instance_layer
from models.evaluation.instances import instance_overlap
from models.nuclei.look import has_light_ground, unified_look
from models.nuclei.merging import merge_looks
from models.nuclei.scaling import NORMAL_DIAMETER, enlarged, estimate_diameter, median_diameter, normal_scale
from models.nuclei.views import MIRRORS, mirrored, mirrored_back, rescaled
from tests.models.nuclei.made_nuclei import numbers_of, objects_in

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


def test_the_scale_follows_the_nuclei_of_the_look_that_knows_their_size_best() -> None:
    truth = numbers_of(DISCS, SIZE)
    sizes = {scale: enlarged(truth.astype(np.uint8), scale).shape[:2] for scale in (0.5, 1.0, 2.0)}
    looks = [(scale, rescaled(objects_in(truth), SIZE, size)) for scale, size in sizes.items()]
    diameter = estimate_diameter(looks)
    assert diameter == pytest.approx(median_diameter(truth), rel=0.05)
    assert normal_scale(diameter) == pytest.approx(NORMAL_DIAMETER / 16, rel=0.1)
    assert normal_scale(None) == 1
    assert estimate_diameter([(1.0, objects_in(np.zeros(SIZE, np.int32)))]) is None


def test_mirrored_objects_come_back() -> None:
    truth = numbers_of(DISCS, SIZE)
    for axes in MIRRORS:
        seen = objects_in(mirrored(truth, axes))
        back = instance_layer(mirrored_back(seen, SIZE, axes), SIZE)
        assert instance_overlap(truth, back).dsb_score == 1


@pytest.mark.parametrize("new_size", [(140, 200), (35, 50), (91, 130), (70, 100)])
def test_rescaled_objects_lie_where_their_pictures_show_them(new_size: tuple[int, int]) -> None:
    found = rescaled(objects_in(numbers_of(DISCS, SIZE)), SIZE, new_size)
    scale = new_size[0] / SIZE[0]
    truth = numbers_of(
        [((r + 0.5) * scale - 0.5, (c + 0.5) * scale - 0.5, radius * scale) for r, c, radius in DISCS], new_size
    )
    assert instance_overlap(truth, instance_layer(found, new_size)).ious.max(1).min() > (0.85 if scale >= 1 else 0.75)


def test_what_most_looks_found_is_kept_once() -> None:
    truth = numbers_of(DISCS, SIZE)
    shifted = numbers_of([(row + 1, column, radius) for row, column, radius in DISCS], SIZE)
    rare = numbers_of([*DISCS, (60.0, 15.0, 6.0)], SIZE)
    merged = merge_looks([objects_in(truth), objects_in(shifted), objects_in(rare)], fewest_looks=0.5)
    assert len(merged) == 3
    assert merged.scores == pytest.approx(0.9, abs=1e-6)
    assert instance_overlap(truth, instance_layer(merged, SIZE)).score(0.8) == 1
    assert len(merge_looks([objects_in(truth), objects_in(rare)], fewest_looks=0.2)) == 4
