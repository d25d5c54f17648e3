import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

from models.segmentation.border_weights import balance_weights, border_weights


def scattered_cells() -> np.ndarray:
    rows, columns = np.mgrid[:60, :80]
    instances = np.zeros((60, 80), np.int32)
    for number, (row, column, radius) in enumerate(((15, 15, 8), (15, 34, 9), (40, 20, 11), (45, 70, 7)), start=1):
        instances[(rows - row) ** 2 + (columns - column) ** 2 < radius**2] = number
    return instances


def test_weights_are_those_of_the_papers_formula() -> None:
    instances = scattered_cells()
    distances = np.sort([distance_transform_edt(instances != number) for number in (1, 2, 3, 4)], axis=0)
    gaps = 10 * np.exp(-((distances[0] + distances[1]) ** 2) / 50)
    expected = balance_weights(instances > 0) + np.where(instances == 0, gaps, 0)
    np.testing.assert_allclose(border_weights(instances), expected, atol=1e-6)


def test_the_narrowest_gap_weighs_most() -> None:
    instances = scattered_cells()
    weights = border_weights(instances)
    row, column = np.unravel_index(weights.argmax(), weights.shape)
    assert instances[row, column] == 0
    assert 8 <= row <= 22
    assert 22 <= column <= 26


def test_every_class_weighs_the_same_and_all_pixels_one_on_average() -> None:
    classes = np.array([[0, 0, 0], [0, 1, 2]])
    weights = balance_weights(classes)
    assert [weights[classes == number].sum() for number in range(3)] == pytest.approx([2, 2, 2])
    assert weights.mean() == pytest.approx(1)


@pytest.mark.parametrize("instances", [np.zeros((5, 6), np.int64), np.ones((5, 6), np.uint8)])
def test_pictures_without_a_gap_have_even_weights(instances: np.ndarray) -> None:
    assert (border_weights(instances) == 1).all()


def test_volumes_have_weights_too() -> None:
    instances = np.zeros((3, 4, 9), np.int32)
    instances[..., :3], instances[..., 5:] = 1, 2
    weights = border_weights(instances)
    assert (weights[..., 4] > 5).all()
    assert (weights[..., 0] < 2).all()


def test_probabilities_are_no_instances() -> None:
    with pytest.raises(ValueError, match="integers of at least 0, got float64 from 0"):
        border_weights(np.zeros((2, 2)))
    with pytest.raises(ValueError, match="sigma_pixels > 0 required, got"):
        border_weights(np.zeros((2, 2), int), sigma_pixels=0)
