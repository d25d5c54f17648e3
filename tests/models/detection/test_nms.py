from typing import Any

import pytest
import torch
from torch import Tensor

from models.detection import nms as nms_module
from models.detection.boxes import pairwise_iou
from models.detection.nms import batched_nms, nms


def one_after_the_other(boxes: Tensor, scores: Tensor, iou_threshold: float) -> list[int]:
    """The plain procedure."""
    ious = pairwise_iou(boxes, boxes)
    kept: list[int] = []
    for index in scores.argsort(descending=True, stable=True).tolist():
        if not (ious[index, kept] > iou_threshold).any():
            kept.append(index)
    return kept


@pytest.mark.parametrize("threshold", [0.3, 0.5])
def test_what_is_kept_equals_the_public_implementation(threshold: float, ops: dict[str, Any]) -> None:
    kept = nms(torch.tensor(ops["boxes"]), torch.tensor(ops["scores"]), threshold)
    assert kept.tolist() == ops[f"nms_{threshold}"]


def test_what_is_kept_of_each_class_equals_the_public_implementation(ops: dict[str, Any]) -> None:
    kept = batched_nms(torch.tensor(ops["boxes"]), torch.tensor(ops["scores"]), torch.tensor(ops["labels"]), 0.3)
    assert kept.tolist() == ops["batched_nms_0.3"]


@pytest.mark.parametrize("block", [1, 7, 64, 1024])
@pytest.mark.parametrize("threshold", [0.0, 0.2, 0.6])
def test_deciding_blocks_at_once_is_as_good_as_one_after_the_other(
    block: int, threshold: float, scattered_boxes: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nms_module, "BLOCK", block)
    scores = (torch.rand(len(scattered_boxes)) * 50).round()  # many are equal
    assert nms(scattered_boxes, scores, threshold).tolist() == one_after_the_other(scattered_boxes, scores, threshold)


def test_a_long_chain_of_overlaps_is_followed_to_its_end() -> None:
    """Each box overlaps its neighbours only: every second one is dropped, which only the whole chain decides."""
    start = torch.arange(50.0)
    boxes = torch.stack([start, 0 * start, start + 1.8, 0 * start + 1], dim=1)
    assert nms(boxes, -start, 0.2).tolist() == list(range(0, 50, 2))


def test_volumes_are_thinned_out_too() -> None:
    boxes = torch.tensor([[0, 0, 0, 10, 10, 10], [0, 0, 2, 10, 10, 12], [0, 0, 8, 10, 10, 18]], dtype=torch.float32)
    assert nms(boxes, torch.tensor([0.5, 0.9, 0.1]), 0.5).tolist() == [1, 2]


def test_nothing_is_kept_of_nothing() -> None:
    assert nms(torch.zeros(0, 4), torch.zeros(0), 0.5).tolist() == []
