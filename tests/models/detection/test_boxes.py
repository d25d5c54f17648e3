from typing import Any

import pytest
import torch
from torch import Tensor

from models.detection.boxes import are_larger, box_volumes, clip_boxes, pairwise_iou, rescale_boxes


def test_overlaps_equal_the_public_implementation(ops: dict[str, Any]) -> None:
    boxes = torch.tensor(ops["boxes"])[:5]
    assert pairwise_iou(boxes, boxes).tolist() == [pytest.approx(row) for row in ops["box_iou_first5x5"]]


def test_clipping_equals_the_public_implementation(ops: dict[str, Any]) -> None:
    clipped = clip_boxes(torch.tensor(ops["boxes"]) - 20, (50, 60))
    assert clipped[:6].tolist() == ops["clip_boxes_50x60"]


def test_empty_boxes_are_dropped_as_the_public_implementation_drops_them(ops: dict[str, Any]) -> None:
    shrunken = torch.tensor(ops["boxes"]) - torch.tensor([0, 0, 20, 20])  # many turn inside out
    assert torch.where(are_larger(shrunken, 0.001))[0].tolist() == ops["remove_small_0.001"]


def test_a_flat_volume_overlaps_as_a_picture_does(scattered_boxes: Tensor) -> None:
    flat = torch.zeros(len(scattered_boxes), 6)
    flat[:, [0, 1, 3, 4]] = scattered_boxes
    flat[:, 5] = 1
    torch.testing.assert_close(pairwise_iou(flat, flat), pairwise_iou(scattered_boxes, scattered_boxes))
    torch.testing.assert_close(box_volumes(flat), box_volumes(scattered_boxes))


def test_a_box_overlaps_itself_fully_and_an_empty_one_nothing(scattered_boxes: Tensor) -> None:
    assert (pairwise_iou(scattered_boxes, scattered_boxes).diagonal() == 1).all()
    empty = torch.tensor([[5.0, 5.0, 5.0, 5.0]])
    assert pairwise_iou(empty, empty).item() == 0


def test_no_boxes_overlap_nothing() -> None:
    assert pairwise_iou(torch.zeros(0, 4), torch.zeros(3, 4)).shape == (0, 3)


def test_boxes_are_clipped_along_the_axes_of_the_tensor() -> None:
    box = torch.tensor([[-1.0, -1.0, -1.0, 99.0, 99.0, 99.0]])
    assert clip_boxes(box, (3, 4, 5)).tolist() == [[0, 0, 0, 5, 4, 3]]


def test_boxes_go_to_another_size_and_back(scattered_boxes: Tensor) -> None:
    there = rescale_boxes(scattered_boxes, (100, 100), (50, 300))
    assert there[0].tolist() == pytest.approx((scattered_boxes[0] * torch.tensor([3, 0.5, 3, 0.5])).tolist())
    torch.testing.assert_close(rescale_boxes(there, (50, 300), (100, 100)), scattered_boxes)
