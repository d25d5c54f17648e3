"""Cuts regions out of the level of a feature pyramid that fits their size.

Source: Lin et al., "Feature Pyramid Networks", CVPR 2017, arXiv:1612.03144, equation 1; as torchvision has it
(github.com/pytorch/vision, BSD-3-Clause). One difference: torchvision guesses how far the places of a map lie apart
from the size of the largest picture without its padding, and guesses wrongly where that is much smaller.
"""

import math
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from models.detection.boxes import box_volumes, num_box_axes
from models.detection.roi_align import roi_align
from models.detection.roi_pool import roi_pool

CANONICAL_SIDE = 224
"""A region of this size is cut out of ..."""
CANONICAL_LEVEL = 4
"""... the map whose places are 2 ** 4 pixels apart."""
_EPSILON = 1e-6

Pooling = Literal["align", "pool"]


def pool_from_pyramid(
    maps: Sequence[Tensor],
    boxes: Sequence[Tensor],
    picture_size: Sequence[int],
    *,
    output_size: int,
    sampling_ratio: int = 2,
    pooling: Pooling = "align",
    canonical_side: float = CANONICAL_SIDE,
) -> Tensor:
    """Return the regions of all pictures, one picture after the other.

    Args:
        maps: Feature maps (N, C, H, W) or (N, C, D, H, W), each half as fine as the one before.
        boxes: Of each picture, (R_n, 2 d), in pixels.
        picture_size: Of the padded pictures: (H, W) or (D, H, W).
        output_size: Bins along each axis.
        sampling_ratio: As `roi_align` takes it.
        canonical_side: Side of the regions that come out of the map whose places are 16 pixels apart.
        pooling: Whether bins are means of samples ("align") or maxima between rounded borders ("pool").

    Returns:
        (all regions, C, *output), of the maps' dtype.
    """
    rois = with_picture_index(boxes)
    scales = [_scale(one, picture_size) for one in maps]
    lowest, highest = (-int(math.log2(scale)) for scale in (scales[0], scales[-1]))
    levels = levels_of(rois[:, 1:], lowest=lowest, highest=highest, canonical_side=canonical_side)
    bins = (output_size,) * num_box_axes(rois[:, 1:])
    pooled = maps[0].new_zeros(len(rois), maps[0].shape[1], *bins)
    for level, (one, scale) in enumerate(zip(maps, scales, strict=True)):
        chosen = torch.where(levels == level)[0]
        if len(chosen):
            if pooling == "align":
                cut = roi_align(one, rois[chosen], bins, spatial_scale=scale, sampling_ratio=sampling_ratio)
            else:
                cut = roi_pool(one, rois[chosen], bins, spatial_scale=scale)
            pooled = pooled.index_copy(0, chosen, cut) if cut.requires_grad else pooled.index_copy_(0, chosen, cut)
    return pooled


def with_picture_index(boxes: Sequence[Tensor]) -> Tensor:
    """Return the boxes of all pictures with the index of their picture before them, (all boxes, 1 + 2 d)."""
    return torch.cat([torch.cat([one.new_full((len(one), 1), index), one], dim=1) for index, one in enumerate(boxes)])


def levels_of(boxes: Tensor, *, lowest: int, highest: int, canonical_side: float = CANONICAL_SIDE) -> Tensor:
    """Return the level that fits each box, int64 (N,), counted from the lowest.

    Args:
        boxes: (N, 2 d), in pixels.
        lowest: Logarithm to base 2 of the distance of two places of the finest map, in pixels.
        highest: The same of the coarsest map.
        canonical_side: As `pool_from_pyramid` takes it.
    """
    volumes = box_volumes(boxes).clamp(min=0)
    # A root to the last bit: boxes may lie on the border of two levels.
    sides = volumes.sqrt() if num_box_axes(boxes) == 2 else volumes ** (1 / num_box_axes(boxes))
    levels = torch.floor(CANONICAL_LEVEL + torch.log2(sides / canonical_side) + _EPSILON)
    return levels.clamp(lowest, highest).long() - lowest


def _scale(one: Tensor, picture_size: Sequence[int]) -> float:
    """Return how many places of a map there are for a pixel, as a power of 2."""
    return float(2 ** round(math.log2(one.shape[-1] / picture_size[-1])))
