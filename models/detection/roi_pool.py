"""Cuts regions of any size out of feature maps, as maps of one size: the largest number within each bin.

Source: Girshick, "Fast R-CNN", ICCV 2015, arXiv:1504.08083, section 2.1; rounding as torchvision has it
(github.com/pytorch/vision, BSD-3-Clause). One difference: three axes are as good as two.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from models.detection.roi_align import MAX_ENTRIES, AxisWeights, join_axes


def roi_pool(features: Tensor, rois: Tensor, output_size: Sequence[int], *, spatial_scale: float = 1.0) -> Tensor:
    """Return the maximum within each bin of each region, whose borders are rounded to whole places.

    Args:
        features: (N, C, H, W) or (N, C, D, H, W).
        rois: (R, 1 + 2 d): index of the picture, then a box in pixels; there may be none.
        output_size: Bins along (H, W) or (D, H, W).
        spatial_scale: Places of the feature map for each pixel.

    Returns:
        (R, C, *output_size); 0 in bins that hold no place.
    """
    sizes = features.shape[2:]
    table = features.movedim(1, -1).reshape(-1, features.shape[1]).contiguous()  # (N x places, C)
    num_entries = math.prod(2 * size for size in sizes)  # bins overlap by at most a place on either side
    pooled = [
        _largest(table, some[:, 0].long(), _axes(some[:, 1:], sizes, output_size, spatial_scale), sizes)
        for some in torch.split(rois, max(1, MAX_ENTRIES // num_entries))
        if len(some)
    ]
    bins = torch.cat(pooled) if pooled else table.new_zeros(0, *output_size, table.shape[1])
    return bins.movedim(-1, 1)  # (R, C, *output_size)


def _axes(boxes: Tensor, sizes: Sequence[int], output_size: Sequence[int], spatial_scale: float) -> list[AxisWeights]:
    """Return the places of each bin along each axis of the tensor; weights only say whether a bin holds any."""
    num_axes = len(sizes)
    rounded = _rounded(boxes.float() * spatial_scale)
    made = []
    for axis, (size, bins) in enumerate(zip(sizes, output_size, strict=True)):
        start, end = rounded[:, num_axes - 1 - axis], rounded[:, 2 * num_axes - 1 - axis]
        bin_length = ((end - start + 1).clamp(min=1) / bins)[:, None]
        number = torch.arange(bins, device=boxes.device)
        first = (torch.floor(number * bin_length) + start[:, None]).clamp(0, size).long()
        last = (torch.ceil((number + 1) * bin_length) + start[:, None]).clamp(0, size).long() - 1
        longest = max(int((last - first + 1).max()), 1)
        places = first[..., None] + torch.arange(longest, device=boxes.device)
        # A place that is taken twice changes no maximum.
        places = torch.minimum(places, last[..., None].clamp(min=0)).clamp(max=size - 1)  # (R, bins, longest)
        made.append(AxisWeights(places, (last >= first)[..., None].expand(places.shape).float()))
    return made


def _rounded(numbers: Tensor) -> Tensor:
    """Round halves away from 0, as C does."""
    return torch.sign(numbers) * torch.floor(numbers.abs() + 0.5)


def _largest(table: Tensor, pictures: Tensor, axes: Sequence[AxisWeights], sizes: Sequence[int]) -> Tensor:
    """Return the maximum of each bin, (R, *bins, C)."""
    indices, holds_any = join_axes(pictures, axes, sizes)
    largest = F.embedding_bag(indices.view(-1, indices.shape[-1]), table, mode="max").view(*indices.shape[:-1], -1)
    return largest * holds_any[..., :1].to(largest.dtype)
