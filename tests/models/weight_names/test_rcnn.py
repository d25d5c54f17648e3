import pytest
import torch

from models.weight_names.rcnn import from_old_torchvision, is_old_torchvision


@pytest.mark.parametrize(
    ("older", "ours"),
    [
        ("rpn.head.conv.weight", "rpn.head.conv.0.0.weight"),
        ("backbone.fpn.inner_blocks.3.bias", "backbone.fpn.inner_blocks.3.0.bias"),
        ("backbone.fpn.layer_blocks.0.weight", "backbone.fpn.layer_blocks.0.0.weight"),
        ("roi_heads.mask_head.mask_fcn1.weight", "roi_heads.mask_head.0.0.weight"),
        ("roi_heads.mask_head.mask_fcn4.bias", "roi_heads.mask_head.3.0.bias"),
    ],
)
def test_older_names_become_ours_and_ours_stay(older: str, ours: str) -> None:
    assert is_old_torchvision({older: torch.zeros(1)})
    assert list(from_old_torchvision({older: torch.zeros(1)})) == [ours]
    assert not is_old_torchvision({ours: torch.zeros(1)})
    assert list(from_old_torchvision({ours: torch.zeros(1)})) == [ours]
