"""Puts the small masks that a network gives for regions back into their pictures.

Source: He et al., "Mask R-CNN", ICCV 2017, arXiv:1703.06870; padding, rounding and interpolation as torchvision has
them (github.com/pytorch/vision, BSD-3-Clause). One difference: volumes are as good as pictures.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from models.detection.boxes import corners

PADDING = 1
"""Places of nothing around a mask, so that it fades out beyond its box instead of breaking off."""


def paste_masks(masks: Tensor, boxes: Tensor, size: Sequence[int]) -> Tensor:
    """Return masks as large as the picture.

    Args:
        masks: Probabilities, (N, 1, M, M) or (N, 1, M, M, M).
        boxes: Where each belongs, (N, 2 d), in pixels.
        size: Of the picture (H, W) or volume (D, H, W).

    Returns:
        (N, 1, *size), of the masks' dtype; 0 outside the boxes.
    """
    pasted = masks.new_zeros(len(masks), 1, *size)
    padded = F.pad(masks, (PADDING, PADDING) * len(size))
    places = _grown(boxes, (masks.shape[-1] + 2 * PADDING) / masks.shape[-1]).long().tolist()
    for target, mask, place in zip(pasted, padded, places, strict=True):
        _paste(target, mask, lower=place[: len(size)][::-1], upper=place[len(size) :][::-1])
    return pasted


def _grown(boxes: Tensor, factor: float) -> Tensor:
    lower, upper = corners(boxes)
    half_sizes = (upper - lower) * 0.5 * factor
    centres = (upper + lower) * 0.5
    return torch.cat([centres - half_sizes, centres + half_sizes], dim=-1)


def _paste(target: Tensor, mask: Tensor, *, lower: Sequence[int], upper: Sequence[int]) -> None:
    """Write one mask, enlarged to its box, into what of the box lies within the picture."""
    lengths = [max(high - low + 1, 1) for low, high in zip(lower, upper, strict=True)]
    mode = "bilinear" if len(lengths) == 2 else "trilinear"
    enlarged = F.interpolate(mask[None], size=lengths, mode=mode, align_corners=False)[0]
    within = [
        slice(max(low, 0), max(min(high + 1, n), 0))
        for low, high, n in zip(lower, upper, target.shape[1:], strict=True)
    ]
    source = [slice(part.start - low, part.stop - low) for part, low in zip(within, lower, strict=True)]
    if all(part.start < part.stop for part in within):
        target[(slice(None), *within)] = enlarged[(slice(None), *source)]
