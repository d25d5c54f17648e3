"""Detectors for volumes: the parts of those for pictures, with three axes."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from models.registry import build_network

SMALL: dict[str, Any] = {"num_classes": 3, "num_proposals": 20, "width": 0.125}


def target(num_objects: int) -> dict[str, Tensor]:
    lower = torch.rand(num_objects, 3) * torch.tensor([20.0, 16, 8])
    boxes = torch.cat([lower, lower + 6], dim=1)
    masks = torch.zeros(num_objects, 16, 24, 30, dtype=torch.bool)
    for mask, (x1, y1, z1, x2, y2, z2) in zip(masks, boxes.long().tolist(), strict=True):
        mask[z1:z2, y1:y2, x1:x2] = True
    return {"boxes": boxes, "labels": torch.randint(1, 3, (num_objects,)), "masks": masks}


@pytest.mark.parametrize("name", ["fasterrcnn3d_resnet18_fpn", "maskrcnn3d_resnet18_fpn"])
def test_each_volume_of_a_batch_gets_its_objects(name: str, detector: Callable[[str], Any]) -> None:
    network = detector(name).eval()
    sizes = [(16, 24, 30), (1, 1, 1)]
    with torch.inference_mode():
        found = network([torch.rand(1, *size) for size in sizes])
    for one, (depth, height, width) in zip(found, sizes, strict=True):
        count = len(one["boxes"])
        assert one["boxes"].shape == (count, 6)
        assert (one["boxes"] >= 0).all()
        assert (one["boxes"][:, 3:] <= torch.tensor([width, height, depth])).all()
        if name.startswith("mask"):
            assert one["masks"].shape == (count, 1, depth, height, width)
    assert len(found[0]["boxes"]) > 0


@pytest.mark.parametrize("name", ["fasterrcnn3d_resnet18_fpn", "maskrcnn3d_resnet18_fpn"])
@pytest.mark.parametrize("num_objects", [2, 0])
def test_everything_learns_from_any_number_of_objects(
    name: str, num_objects: int, detector: Callable[[str], Any]
) -> None:
    network = detector(name).train()
    network.zero_grad()
    losses = network.losses([torch.rand(1, 16, 24, 30)] * 2, [target(num_objects), target(0)])
    total = torch.stack(list(losses.values())).sum()
    total.backward()
    grads = {key: weight.grad for key, weight in network.named_parameters()}
    assert total.isfinite()
    assert all(grad is None or bool(grad.isfinite().all()) for grad in grads.values())
    if num_objects:
        # The coarsest maps of so small a volume are single voxels, whose ReLUs may be shut: not all of the body learns.
        surely = ("rpn", "roi_heads", "backbone.body.conv1")
        still = [key for key, grad in grads.items() if grad is None or not grad.any()]
        assert [key for key in still if key.startswith(surely)] == []


def test_the_maps_of_a_volume_are_coarser_along_all_three_axes(detector: Callable[[str], Any]) -> None:
    network = detector("fasterrcnn3d_resnet18_fpn").eval()
    with torch.inference_mode():
        maps = network.backbone(torch.rand(1, 1, 32, 64, 96))
    assert [tuple(one.shape[2:]) for one in maps] == [(8, 16, 24), (4, 8, 12), (2, 4, 6), (1, 2, 3), (1, 1, 2)]


def test_options_that_make_no_network_are_refused() -> None:
    with pytest.raises(ValueError, match="anchor_sizes must be 5, one for each map"):
        build_network("fasterrcnn3d_resnet18_fpn", anchor_sizes=(8,))
    with pytest.raises(ValueError, match="must be at least 1, got 0 and 1"):
        build_network("fasterrcnn3d_resnet18_fpn", num_classes=1)
