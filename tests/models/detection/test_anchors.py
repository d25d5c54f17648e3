from typing import Any

import pytest
import torch

from models.detection.anchors import AnchorGenerator, cell_anchors, cube_anchors, picture_anchors

SIZES = ((32,), (64,), (128,), (256,), (512,))
MAPS = ((16, 24), (8, 12), (4, 6), (2, 3), (1, 2))
CPU = torch.device("cpu")


def test_anchors_around_the_origin_equal_the_public_implementation(ops: dict[str, Any]) -> None:
    assert [cell_anchors(level).tolist() for level in picture_anchors(SIZES)] == ops["cell_anchors"]


def test_anchors_of_all_maps_equal_the_public_implementation(ops: dict[str, Any]) -> None:
    anchors = AnchorGenerator(picture_anchors(SIZES)).make(MAPS, (64, 96), CPU)
    assert list(anchors.shape) == ops["anchors_64x96_shape"]
    assert anchors[:9].tolist() == ops["anchors_64x96_first9"]
    assert anchors[-6:].tolist() == ops["anchors_64x96_last6"]
    assert anchors.sum().item() == ops["anchors_sum"]
    assert anchors.abs().sum().item() == ops["anchors_abs_sum"]


def test_several_sizes_and_ratios_stand_at_each_place() -> None:
    generator = AnchorGenerator(picture_anchors(((32, 64),), (0.5, 2)))
    assert generator.num_per_place == 4
    assert cell_anchors(generator.levels[0]).tolist() == [
        [-23, -11, 23, 11],
        [-45, -23, 45, 23],
        [-11, -23, 11, 23],
        [-23, -45, 23, 45],
    ]


def test_cubes_stand_at_each_place_of_a_volume() -> None:
    anchors = AnchorGenerator(cube_anchors(((4,),), (0.5, 1))).make([(2, 1, 3)], (8, 4, 12), CPU)
    assert anchors.shape == (2 * 1 * 3 * 2, 6)
    assert anchors[:3].tolist() == [[-2, -2, -1, 2, 2, 1], [-2, -2, -2, 2, 2, 2], [2, -2, -1, 6, 2, 1]]
    assert anchors[-1].tolist() == [6, -2, 2, 10, 2, 6]


def test_another_number_of_maps_than_of_levels_is_refused() -> None:
    with pytest.raises(ValueError, match="anchors are made for 5 feature maps, got 1"):
        AnchorGenerator(picture_anchors(SIZES)).make([(2, 2)], (8, 8), CPU)
