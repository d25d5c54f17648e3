"""Volume by area and length."""

import cv2
import numpy as np
import pytest

from models.echo.volumes import area_length_volume, largest_part, long_axis, outline


def ellipse(half_length: float, half_width: float, degrees: float) -> np.ndarray:
    mask = np.zeros((112, 112), np.uint8)
    cv2.ellipse(mask, (56, 56), (round(half_length), round(half_width)), degrees, 0, 360, 1, -1)
    return mask.astype(bool)


@pytest.mark.parametrize("degrees", [0, 30, 75, 120])
def test_volume_of_an_ellipse_is_that_of_its_ellipsoid(degrees: float) -> None:
    mask = ellipse(40, 20, degrees)
    assert long_axis(mask) == pytest.approx(81, abs=2)
    assert area_length_volume(mask) == pytest.approx(4 / 3 * np.pi * 40.5 * 20.5**2, rel=0.05)


def test_nothing_has_no_volume() -> None:
    nothing = np.zeros((112, 112), bool)
    assert area_length_volume(nothing) == 0.0
    assert outline(nothing).shape == (0, 2)
    assert not largest_part(nothing).any()


def test_only_the_largest_part_counts() -> None:
    mask = ellipse(30, 12, 90)
    with_speck = mask.copy()
    with_speck[2:6, 2:6] = True
    assert np.array_equal(largest_part(with_speck), mask)
