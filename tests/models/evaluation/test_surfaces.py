import numpy as np
import pytest

from models.evaluation.measures import Resampling, by_name, measure_all
from models.evaluation.surfaces import hausdorff95, surface_measures


def ball(centre: tuple[float, ...], radius: float, size: tuple[int, ...]) -> np.ndarray:
    grid = np.stack(np.meshgrid(*map(np.arange, size), indexing="ij"), axis=-1)
    return np.asarray(((grid - np.array(centre)) ** 2).sum(-1) <= radius**2)


def test_a_mask_is_no_way_from_itself() -> None:
    mask = ball((15, 20), 8, (40, 40))
    assert hausdorff95(mask, mask, (1, 1)) == 0


def test_concentric_balls_are_as_far_apart_as_their_radii() -> None:
    small, large = (ball((20, 20, 20), radius, (41, 41, 41)) for radius in (8, 13))
    assert hausdorff95(small, large, (1, 1, 1)) == pytest.approx(5, abs=1)
    assert hausdorff95(small, large, (1, 1, 1)) == hausdorff95(large, small, (1, 1, 1))


def test_distances_are_millimetres() -> None:
    first, second = np.zeros((2, 9, 30), bool)
    first[:, 3:6], second[:, 18:21] = True, True
    assert hausdorff95(first, second, (1, 0.5)) == pytest.approx(7.5)
    assert hausdorff95(first, second, (1, 2.0)) == pytest.approx(30)


def test_a_stray_voxel_does_not_decide() -> None:
    mask = ball((30, 30), 15, (90, 90))
    stray = mask.copy()
    stray[89, 89] = True
    assert hausdorff95(mask, stray, (1, 1)) < 1


def test_what_lies_around_does_not_matter() -> None:
    first, second = ball((10, 12), 5, (40, 40)), ball((14, 12), 7, (40, 40))
    padded = (np.pad(mask, 30) for mask in (first, second))
    assert hausdorff95(*padded, (1, 1)) == hausdorff95(first, second, (1, 1))


def test_without_a_border_there_is_no_distance() -> None:
    nothing, something = np.zeros((5, 5), bool), np.ones((5, 5), bool)
    assert hausdorff95(nothing, nothing, (1, 1)) == 0
    assert np.isnan(hausdorff95(something, nothing, (1, 1)))
    assert np.isnan(hausdorff95(nothing, something, (1, 1)))


def test_pictures_without_a_distance_are_counted_apart() -> None:
    distances = [1.0, 3.0, float("nan"), 2.0]
    measured = by_name(measure_all(surface_measures(), distances, range(4), Resampling(num_resamples=50)))
    assert measured["hausdorff95_mm"].interval.value == 2
    assert measured["one_mask_empty"].interval.value == 0.25


def test_masks_and_spacings_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="both masks must have one shape"):
        hausdorff95(np.zeros((2, 2), bool), np.zeros((2, 3), bool), (1, 1))
    with pytest.raises(ValueError, match=r"spacing_mm must be 2 numbers above 0, got \(1, 0\)"):
        hausdorff95(np.zeros((2, 2), bool), np.zeros((2, 2), bool), (1, 0))
