from typing import Any

import pytest
import torch
from torch import Tensor

from models.detection import roi_pool as roi_pool_module
from models.detection.roi_pool import roi_pool


def test_regions_equal_the_public_implementation(ops: dict[str, Any], feature_map: Tensor) -> None:
    found = roi_pool(feature_map, torch.tensor(ops["rois"]), (3, 4), spatial_scale=0.125)
    assert found.flatten().tolist() == torch.tensor(ops["roi_pool_s0.125_o3x4"]).flatten().tolist()


def test_bins_outside_the_picture_are_empty() -> None:
    ones = torch.full((1, 1, 4, 4), -5.0)
    found = roi_pool(ones, torch.tensor([[0, 2.0, 0, 5, 3]]), (1, 4))
    assert found[0, 0].tolist() == [[-5, -5, 0, 0]]
    assert roi_pool(ones, torch.tensor([[0, 50.0, 50, 60, 60]]), (2, 2)).tolist() == [[[[0, 0], [0, 0]]]]


def test_a_volume_of_equal_slices_gives_what_its_slice_gives(ops: dict[str, Any], feature_map: Tensor) -> None:
    rois = torch.tensor(ops["rois"])
    volume = feature_map[:, :, None].expand(-1, -1, 6, -1, -1)
    boxes = torch.cat([rois[:, :3], rois[:, :1] * 0, rois[:, 3:], rois[:, :1] * 0 + 47], dim=1)
    found = roi_pool(volume, boxes, (2, 3, 4), spatial_scale=0.125)
    flat = roi_pool(feature_map, rois, (3, 4), spatial_scale=0.125)
    assert torch.equal(found, flat[:, :, None].expand_as(found))


def test_gradients_reach_the_largest_place_only() -> None:
    features = torch.arange(16.0).view(1, 1, 4, 4).requires_grad_()
    roi_pool(features, torch.tensor([[0, 0.0, 0, 3, 3]]), (1, 1)).sum().backward()
    assert features.grad is not None
    assert torch.nonzero(features.grad).tolist() == [[0, 0, 3, 3]]


def test_no_regions_give_nothing(feature_map: Tensor) -> None:
    assert roi_pool(feature_map, torch.zeros(0, 5), (3, 4)).shape == (0, 3, 3, 4)


def test_regions_are_the_same_however_many_are_cut_at_once(
    ops: dict[str, Any], feature_map: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    rois = torch.tensor(ops["rois"])
    together = roi_pool(feature_map, rois, (3, 4), spatial_scale=0.125)
    monkeypatch.setattr(roi_pool_module, "MAX_ENTRIES", 1)
    assert torch.equal(roi_pool(feature_map, rois, (3, 4), spatial_scale=0.125), together)
