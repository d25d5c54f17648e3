"""Tests of models/weight_names/width.py."""

import pytest

from models.weight_names.width import LayerSize, fitting_width

PUBLISHED = (64, 192, 96, 128, 16, 32, 208, 480, 832)


def sizes(width: float) -> list[LayerSize]:
    return [LayerSize(channels, max(round(channels * width / 8) * 8, 8)) for channels in PUBLISHED]


@pytest.mark.parametrize("width", [0.125, 0.25, 0.375, 0.5, 0.75, 1.0, 1.5, 2.0])
def test_the_width_gives_every_layer_its_size(width: float) -> None:
    found = fitting_width(sizes(width))
    assert sizes(found) == sizes(width)


@pytest.mark.parametrize("found", [8, 56, 72, 640])
@pytest.mark.parametrize("width", [0.5, 1.0])
def test_one_misshapen_layer_does_not_change_the_width(width: float, found: int) -> None:
    for index, channels in enumerate(PUBLISHED):
        misshapen = sizes(width)
        misshapen[index] = LayerSize(channels, found)
        others = [size for place, size in enumerate(sizes(fitting_width(misshapen))) if place != index]
        assert others == [size for place, size in enumerate(sizes(width)) if place != index]
