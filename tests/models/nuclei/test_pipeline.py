"""The shipped network finds drawn nuclei whatever their size in the picture."""

from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from models.imaging.finished import finish
from models.networks.nuclei import NORMAL_DIAMETER
from models.nuclei.pipeline import Stages, find_nuclei, look_over
from models.predictors.trained import stored_network
from models.store.catalogue import find_card
from tests.models.nuclei.made_nuclei import Disc, numbers_of

STAGES = Stages(num_mirrors=1, finer_scales=())
PLACES = [(3, 3), (3, 8), (3.5, 13), (8, 4), (8.5, 9.5), (8, 14), (13, 3), (13, 9), (13.5, 14)]


@pytest.fixture(scope="module")
def network() -> Any:
    return stored_network(find_card("nuclei")).float().eval()


def discs(radius: float) -> list[Disc]:
    return [(row * radius, column * radius, radius) for row, column in PLACES]


def picture_of(radius: float) -> np.ndarray:
    """Draw light, slightly soft and noisy discs on dark ground."""
    size = (round(17 * radius), round(17 * radius))
    lights = ndimage.gaussian_filter(np.where(numbers_of(discs(radius), size) > 0, 150.0, 20.0), 0.06 * radius)
    noisy = lights + np.random.default_rng(0).normal(0, 3, size)
    return np.repeat(noisy.clip(0, 255).astype(np.uint8)[..., None], 3, axis=-1)


@pytest.mark.parametrize("radius", [7, 12, 20])
def test_nuclei_are_looked_at_in_their_normal_size_and_found_however_large_they_are(network: Any, radius: int) -> None:
    _, unit = finish(look_over(network, picture_of(radius), STAGES))
    assert unit == pytest.approx(2 * radius / NORMAL_DIAMETER, rel=0.12)
    found = finish(find_nuclei(network, picture_of(radius), STAGES))
    assert len(found) == len(PLACES)
    diameters = [2 * np.sqrt(placed.area / np.pi) for placed in found.masks]
    assert diameters == pytest.approx([2 * radius] * len(PLACES), rel=0.2)


def test_progress_counts_every_look_up_to_the_last(network: Any) -> None:
    told = list(find_nuclei(network, picture_of(12), STAGES))
    assert [progress.done for progress in told] == list(range(1, told[0].total + 1))


def test_without_the_scale_stage_the_picture_is_looked_at_as_it_is(network: Any) -> None:
    plain = Stages(finds_scale=False, num_mirrors=1, finer_scales=())
    told = list(look_over(network, picture_of(20), plain))
    assert len(told) == 1
    _, unit = finish(look_over(network, picture_of(20), plain))
    assert unit == 1


def test_nothing_is_found_in_an_empty_picture(network: Any) -> None:
    assert len(finish(find_nuclei(network, np.full((60, 80, 3), 30, np.uint8), STAGES))) == 0
