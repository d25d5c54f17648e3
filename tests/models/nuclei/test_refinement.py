import numpy as np
import pytest

from models.detection.found import instance_layer, no_objects
from models.evaluation.instances import instance_overlap
from models.nuclei.refinement import refine
from tests.models.nuclei.made_nuclei import numbers_of, objects_in, probabilities_of

SIZE = (80, 90)
TOUCHING = [(30.0, 25.0, 12.0), (32.0, 48.0, 12.0), (60.0, 70.0, 11.0)]


def score(truth: np.ndarray, found: np.ndarray) -> float:
    return instance_overlap(truth, found).dsb_score


def test_borders_become_those_that_the_unet_sees() -> None:
    truth = numbers_of(TOUCHING, SIZE)
    rough = objects_in(numbers_of([(row + 2, column - 1, radius - 3) for row, column, radius in TOUCHING], SIZE))
    refined = instance_layer(refine(rough, probabilities_of(truth)), SIZE)
    assert score(truth, instance_layer(rough, SIZE)) < 0.4
    assert score(truth, refined) > 0.9


def test_what_only_the_unet_sees_is_added_only_when_asked() -> None:
    truth = numbers_of(TOUCHING, SIZE)
    first = objects_in(numbers_of(TOUCHING[:1], SIZE))
    assert len(refine(first, probabilities_of(truth))) == 3
    assert len(refine(first, probabilities_of(truth), adds_missed=False)) == 1
    assert len(refine(no_objects(), probabilities_of(truth))) == 3


def test_parts_without_a_rim_between_them_are_one_nucleus_and_those_with_one_are_two() -> None:
    whole = numbers_of([(40.0, 40.0, 16.0)], SIZE)
    halves = whole.copy()
    halves[:, 40:] *= 2
    assert len(refine(objects_in(halves), probabilities_of(whole))) == 1
    assert len(refine(objects_in(whole), probabilities_of(halves))) == 2


def test_what_the_unet_calls_ground_is_forgotten() -> None:
    truth = numbers_of(TOUCHING, SIZE)
    with_dust = objects_in(numbers_of([*TOUCHING, (70.0, 10.0, 7.0)], SIZE))
    assert len(refine(with_dust, probabilities_of(truth))) == 3


@pytest.mark.parametrize("unit", [0.5, 2.0])
def test_nuclei_do_not_overlap_at_any_scale(unit: float) -> None:
    size = tuple(round(length * unit) for length in SIZE)
    truth = numbers_of([tuple(unit * one for one in disc) for disc in TOUCHING], (size[0], size[1]))
    found = refine(objects_in(truth), probabilities_of(truth), unit=unit)
    counts = np.zeros(size, int)
    for placed in found.masks:
        counts[placed.place] += placed.mask
    assert counts.max() == 1
    assert len(found) == 3
