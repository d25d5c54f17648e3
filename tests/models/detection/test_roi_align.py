from typing import Any

import pytest
import torch
from torch import Tensor

from models.detection import roi_align as roi_align_module
from models.detection.roi_align import roi_align


@pytest.mark.parametrize("aligned", [False, True])
@pytest.mark.parametrize("sampling_ratio", [-1, 0, 2])
def test_regions_equal_the_public_implementation(
    sampling_ratio: int, aligned: bool, ops: dict[str, Any], feature_map: Tensor
) -> None:
    found = roi_align(
        feature_map,
        torch.tensor(ops["rois"]),
        (3, 4),
        spatial_scale=0.125,
        sampling_ratio=sampling_ratio,
        aligned=aligned,
    )
    expected = torch.tensor(ops[f"roi_align_s0.125_o3x4_sr{sampling_ratio}_aligned{int(aligned)}"])
    torch.testing.assert_close(found.flatten(), expected.flatten(), rtol=0, atol=2e-6)


@pytest.mark.parametrize("sampling_ratio", [-1, 2])
def test_regions_are_the_same_however_many_are_cut_at_once(
    sampling_ratio: int, ops: dict[str, Any], feature_map: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    rois = torch.tensor(ops["rois"])
    together = roi_align(feature_map, rois, (3, 4), spatial_scale=0.125, sampling_ratio=sampling_ratio)
    monkeypatch.setattr(roi_align_module, "MAX_ENTRIES", 1)
    torch.testing.assert_close(
        roi_align(feature_map, rois, (3, 4), spatial_scale=0.125, sampling_ratio=sampling_ratio), together
    )


def test_a_ramp_is_read_off_at_the_centres_of_the_bins() -> None:
    ramp = torch.arange(20.0).expand(1, 1, 12, 20)
    found = roi_align(ramp, torch.tensor([[0, 4.0, 2, 12, 10]]), (2, 4), sampling_ratio=2)
    assert found[0, 0].tolist() == [pytest.approx([5, 7, 9, 11])] * 2


def test_a_volume_of_equal_slices_gives_what_its_slice_gives(ops: dict[str, Any], feature_map: Tensor) -> None:
    rois = torch.tensor(ops["rois"])
    volume = feature_map[:, :, None].expand(-1, -1, 30, -1, -1)
    depths = rois.new_tensor([[40.0, 80.0]]).expand(len(rois), 2)
    boxes = torch.cat([rois[:, :3], depths[:, :1], rois[:, 3:], depths[:, 1:]], dim=1)
    found = roi_align(volume, boxes, (2, 3, 4), spatial_scale=0.125, sampling_ratio=2)
    flat = roi_align(feature_map, rois, (3, 4), spatial_scale=0.125, sampling_ratio=2)
    torch.testing.assert_close(found, flat[:, :, None].expand_as(found))


def test_gradients_reach_the_features() -> None:
    features = torch.rand(1, 2, 6, 7, dtype=torch.float64, requires_grad=True)
    rois = torch.tensor([[0, 0.3, 0.7, 5.1, 4.2], [0, -1, 2, 9, 9]], dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda maps: roi_align(maps, rois, (2, 2), sampling_ratio=2), (features,))


@pytest.mark.parametrize("sampling_ratio", [-1, 2])
def test_no_regions_give_nothing(sampling_ratio: int, feature_map: Tensor) -> None:
    assert roi_align(feature_map, torch.zeros(0, 5), (3, 4), sampling_ratio=sampling_ratio).shape == (0, 3, 3, 4)


def test_half_precision_stays_half_precision(feature_map: Tensor, ops: dict[str, Any]) -> None:
    rois = torch.tensor(ops["rois"])
    found = roi_align(feature_map.bfloat16(), rois, (3, 4), spatial_scale=0.125)
    assert found.dtype == torch.bfloat16
    torch.testing.assert_close(
        found.float(),
        roi_align(feature_map.bfloat16().float(), rois, (3, 4), spatial_scale=0.125),
        rtol=0.01,
        atol=0.01,
    )
