import pytest
import torch

from models.detection.mask_crops import crop_masks
from models.detection.roi_align import roi_align


@pytest.mark.parametrize("sizes", [(40, 60), (12, 20, 30)])
def test_crops_are_what_aligned_regions_of_the_masks_are(sizes: tuple[int, ...]) -> None:
    masks = torch.rand(3, *sizes) > 0.6
    lower = torch.rand(20, len(sizes)) * 15 - 3
    boxes = torch.cat([lower, lower + torch.rand(20, len(sizes)) * 40], dim=1)
    indices = torch.randint(3, (20,))
    rois = torch.cat([indices[:, None].float(), boxes], dim=1)
    expected = roi_align(masks[:, None].float(), rois, (7,) * len(sizes))[:, 0]
    torch.testing.assert_close(crop_masks(masks, boxes, indices, 7), expected, rtol=0, atol=1e-5)


def test_the_box_of_a_full_mask_is_full() -> None:
    masks = torch.zeros(1, 100, 100, dtype=torch.uint8)
    masks[:, 20:60, 30:90] = 1
    crop = crop_masks(masks, torch.tensor([[30.0, 20, 89, 59]]), torch.tensor([0]), 28)
    assert crop.min() > 0.99


def test_no_boxes_give_no_crops() -> None:
    assert crop_masks(torch.zeros(0, 9, 9), torch.zeros(0, 4), torch.zeros(0, dtype=torch.long), 28).shape == (
        0,
        28,
        28,
    )
