"""Nuclei that are drawn are shaped and strewn as those that were measured."""

import numpy as np
import pytest
from scipy import ndimage

from models.training.nuclei.widening.shapes import NUM_ANGLES, ShapeStatistics
from models.training.pictures.labelled import LabelledPicture, marked_instances

SIZE = (200, 240)


def strewn(axes: tuple[float, float], step: int) -> LabelledPicture:
    """Return a picture with ellipses of two half axes in rows."""
    numbers = np.zeros(SIZE, np.int32)
    rows, columns = np.indices(SIZE)
    for number, (row, column) in enumerate(np.ndindex(SIZE[0] // step, SIZE[1] // step), start=1):
        down, across = rows - (row + 0.5) * step, columns - (column + 0.5) * step
        numbers[(down / axes[0]) ** 2 + (across / axes[1]) ** 2 <= 1] = number
    return marked_instances("p", np.zeros((*SIZE, 3), np.uint8), numbers)


def areas(numbers: np.ndarray) -> np.ndarray:
    whole = np.pad(numbers[1:-1, 1:-1], 1)
    inner = [number for number in np.unique(numbers) if number and (whole == number).sum() == (numbers == number).sum()]
    return np.array([(numbers == number).sum() for number in inner])


def test_profiles_begin_at_the_longest_direction() -> None:
    statistics = ShapeStatistics.of([strewn((6, 12), 30)])
    radii = np.exp(statistics.mean)
    assert radii[0] == pytest.approx(12, abs=1)
    assert radii[NUM_ANGLES // 4] == pytest.approx(6, abs=1)


@pytest.mark.parametrize("axes", [(8.0, 8.0), (6.0, 12.0)])
def test_drawn_nuclei_are_as_large_and_as_many_as_those_measured(axes: tuple[float, float]) -> None:
    picture = strewn(axes, 34)
    drawn = ShapeStatistics.of([picture]).draw(SIZE, np.random.default_rng(0))
    assert np.median(areas(drawn)) == pytest.approx(np.pi * axes[0] * axes[1], rel=0.15)
    assert len(np.unique(drawn)) == pytest.approx(len(np.unique(picture.layers[0])), rel=0.15)


def test_nuclei_touch_only_where_those_measured_do() -> None:
    def share_touching(step: int) -> float:
        return ShapeStatistics.of([strewn((8, 8), step)]).touching_share

    assert share_touching(34) == 0
    assert share_touching(16) > 0.5


def test_each_drawing_is_another_one_and_the_same_seed_gives_the_same() -> None:
    statistics = ShapeStatistics.of([strewn((8, 8), 34)])
    one, two, other = (statistics.draw(SIZE, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)


def test_drawn_nuclei_are_of_one_piece() -> None:
    drawn = ShapeStatistics.of([strewn((6, 12), 30)]).draw(SIZE, np.random.default_rng(3))
    pieces = [ndimage.label(drawn == number)[1] for number in np.unique(drawn[drawn > 0])]
    assert np.mean(np.array(pieces) == 1) > 0.9


def test_too_few_nuclei_teach_no_shape() -> None:
    with pytest.raises(ValueError, match="at least 8 whole nuclei, got 0"):
        ShapeStatistics.of([marked_instances("p", np.zeros((*SIZE, 3), np.uint8), np.zeros(SIZE, np.int32))])


def test_drawn_outlines_are_as_smooth_as_those_measured() -> None:
    def bays(numbers: np.ndarray) -> float:
        """Return the share of pixels by which filling bays makes whole nuclei larger."""
        shares = []
        for number, place in enumerate(ndimage.find_objects(numbers), start=1):
            if place is not None and (numbers == number)[1:-1, 1:-1].sum() == (numbers == number).sum():
                mask = np.pad(numbers[place] == number, 4)
                shares.append(ndimage.binary_closing(mask, iterations=3).sum() / mask.sum() - 1)
        return float(np.mean(shares))

    measured = strewn((6, 12), 34)
    drawn = ShapeStatistics.of([measured]).draw(SIZE, np.random.default_rng(5))
    assert bays(drawn) < bays(measured.layers[0]) + 0.02
