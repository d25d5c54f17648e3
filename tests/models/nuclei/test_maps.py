"""Looks at a picture: mirrored, tile by tile, joined, at another size."""

import numpy as np
import pytest
import torch

from models.networks.nuclei import NucleiNet
from models.nuclei.maps import MIRRORS, empty_maps, look_at
from tests.models.nuclei.made_nuclei import maps_of, numbers_of


@pytest.fixture(scope="module")
def network() -> NucleiNet:
    torch.manual_seed(0)
    return NucleiNet(pyramid_width=8, fine_width=4).eval()


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


@pytest.mark.parametrize("axes", MIRRORS)
def test_a_mirrored_look_is_the_mirror_of_a_look_at_the_mirrored_picture(
    network: NucleiNet, axes: tuple[int, ...]
) -> None:
    pixels = noise(45, 70)
    mirrored = look_at(network, np.ascontiguousarray(np.flip(pixels, axes)))
    expected = np.flip(mirrored.values, axes).copy()
    expected[..., 1:3] *= [-1 if axis in axes else 1 for axis in range(2)]
    assert look_at(network, pixels, axes).values == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("size", [(20, 31), (64, 96), (33, 130)])
def test_pictures_of_any_size_are_looked_at(network: NucleiNet, size: tuple[int, int]) -> None:
    maps = look_at(network, noise(*size))
    assert maps.centre.shape == maps.outlined.shape == size
    assert maps.way.shape == (*size, 2)
    assert 0 <= maps.outlined.min() <= maps.outlined.max() <= 1


def test_a_large_picture_is_filled_by_its_tiles(network: NucleiNet) -> None:
    pixels = np.tile(noise(32, 32), (18, 18, 1))
    maps = look_at(network, pixels)
    middle = maps.values[192:288, 192:288]
    assert maps.values[288:384, 288:384] == pytest.approx(middle, abs=0.1)  # of probabilities and pixels


def test_looks_are_joined_to_their_mean() -> None:
    one, two = maps_of(numbers_of([(10, 10, 5)], (20, 20))), maps_of(numbers_of([(9, 11, 6)], (20, 20)))
    joined = empty_maps((20, 20)).joined(one, 1).joined(two, 2)
    assert joined.values == pytest.approx((one.values + two.values) / 2, abs=1e-6)


def test_ways_grow_with_the_picture() -> None:
    maps = maps_of(numbers_of([(20, 20, 12)], (40, 40)))
    larger = maps.resized((120, 80))
    assert larger.way[60, 24] == pytest.approx([0, 2 * (20 - 12)], abs=2)
    assert larger.way[33, 40] == pytest.approx([3 * (20 - 11), 0], abs=2)
