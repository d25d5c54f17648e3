from typing import Any

import pytest
import torch

from models.detection.pyramid_pooling import levels_of, pool_from_pyramid
from models.detection.roi_align import roi_align


@pytest.mark.parametrize("highest", [5, 6])
def test_levels_equal_the_public_implementation(highest: int, ops: dict[str, Any]) -> None:
    sides = torch.tensor(ops["levelmapper_sizes"])
    boxes = torch.stack([0 * sides, 0 * sides, sides, sides], dim=1)
    assert levels_of(boxes, lowest=2, highest=highest).tolist() == ops[f"levelmapper_k2_{highest}"]


def test_cubes_go_to_the_levels_of_squares() -> None:
    sides = torch.tensor([10.0, 60, 120, 300, 1000])
    squares, cubes = (torch.cat([torch.zeros(5, axes), sides[:, None].expand(5, axes)], dim=1) for axes in (2, 3))
    assert levels_of(cubes, lowest=2, highest=5).tolist() == levels_of(squares, lowest=2, highest=5).tolist()


def test_boxes_of_no_size_go_to_the_finest_level() -> None:
    assert levels_of(torch.tensor([[3.0, 3, 3, 3]]), lowest=2, highest=5).tolist() == [0]


def test_each_region_comes_from_its_level_and_its_picture() -> None:
    maps = [torch.rand(2, 4, 256 // stride, 320 // stride) for stride in (4, 8, 16, 32)]
    boxes = [
        torch.tensor([[0.0, 0, 20, 30], [10, 10, 250, 240]]),
        torch.zeros(0, 4),
        torch.tensor([[5.0, 5, 130, 120]]),
    ]
    found = pool_from_pyramid(maps, [boxes[0], boxes[2]], (256, 320), output_size=7)
    for region, picture, level, box in ((0, 0, 0, boxes[0][0]), (1, 0, 2, boxes[0][1]), (2, 1, 1, boxes[2][0])):
        roi = torch.cat([torch.tensor([float(picture)]), box])[None]
        expected = roi_align(maps[level], roi, (7, 7), spatial_scale=1 / 2 ** (2 + level), sampling_ratio=2)
        torch.testing.assert_close(found[region], expected[0])


def test_pictures_without_boxes_give_no_regions() -> None:
    maps = [torch.rand(2, 4, 8, 8, requires_grad=True)]
    assert pool_from_pyramid(maps, [torch.zeros(0, 4)] * 2, (32, 32), output_size=7).shape == (0, 4, 7, 7)
