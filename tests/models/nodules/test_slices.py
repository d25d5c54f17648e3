"""Slices of a CT as the slice-wise detector sees them."""

import numpy as np
import pytest

from models.nodules.slices import NEIGHBOUR_MM, neighbours, seen_slices


@pytest.mark.parametrize("slice_mm", [0.5, 1.0, 1.25, 2.5, 5.0])
def test_neighbours_lie_about_as_far_away_whatever_the_spacing(slice_mm: float) -> None:
    below, index, above = neighbours(40, 100, slice_mm)
    assert index - below == above - index >= 1
    assert abs((above - index) * slice_mm - NEIGHBOUR_MM) <= max(slice_mm / 2, slice_mm - NEIGHBOUR_MM)


def test_at_the_ends_of_a_scan_a_slice_stands_for_what_is_missing() -> None:
    assert neighbours(0, 30, 2.0) == (0, 0, 1)
    assert neighbours(29, 30, 2.0) == (28, 29, 29)
    assert neighbours(0, 1, 2.0) == (0, 0, 0)


def test_slices_become_channels_of_one_picture_with_pixels_of_one_size() -> None:
    planes = np.stack([np.full((50, 80), hu) for hu in (-1200.0, -300.0, 900.0)])
    picture = seen_slices(planes, (0.8, 0.6))
    assert picture.shape == (100, 120, 3)
    assert picture.reshape(-1, 3).tolist() == [[0, 128, 255]] * 12_000
