"""Cuts regions of any size out of feature maps, as maps of one size, without rounding their borders.

Source: He et al., "Mask R-CNN", ICCV 2017, arXiv:1703.06870, section 3; samples and borders as torchvision has them
(github.com/pytorch/vision, BSD-3-Clause). Differences: three axes are as good as two; and it is written as one weighted
sum of places for every bin, which PyTorch's embedding bag computes on any device, with gradients, without ever laying
out the samples in memory.
"""

import math
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from models.detection.boxes import corners

MAX_ENTRIES = 2**22
"""Weights that are made at a time."""


class AxisWeights(NamedTuple):
    """Which places along one axis make up each bin of each region, and with which weights."""

    places: Tensor
    """int64, (R, bins, entries)."""
    weights: Tensor
    """float32, of that shape; 0 where nothing is taken."""


def roi_align(
    features: Tensor,
    rois: Tensor,
    output_size: Sequence[int],
    *,
    spatial_scale: float = 1.0,
    sampling_ratio: int = -1,
    aligned: bool = False,
) -> Tensor:
    """Return the mean of bilinear samples within each bin of each region.

    Args:
        features: (N, C, H, W) or (N, C, D, H, W).
        rois: (R, 1 + 2 d): index of the picture, then a box in pixels; there may be none.
        output_size: Bins along (H, W) or (D, H, W).
        spatial_scale: Places of the feature map for each pixel.
        sampling_ratio: Samples a bin along each axis; 0 or less: as many as it has places, for each region its own.
        aligned: Whether the centre of the first place is at half a pixel; else at 0, and regions have sides of at least
            one place.

    Returns:
        (R, C, *output_size), of the features' dtype. Samples beyond the border by more than a place count as 0.
    """
    sizes = features.shape[2:]
    table = features.movedim(1, -1).reshape(-1, features.shape[1]).contiguous()  # (N x places, C)
    if table.dtype in (torch.float16, torch.bfloat16):
        table = table.float()  # as torchvision: positions need more digits
    most_samples = _most_samples(rois, output_size, spatial_scale, sampling_ratio)
    num_entries = math.prod(2 * most_samples * bins for bins in output_size)
    axes_of = partial(
        axis_weights,
        sizes=sizes,
        output_size=output_size,
        spatial_scale=spatial_scale,
        sampling_ratio=sampling_ratio,
        aligned=aligned,
    )
    pooled = [
        _weighted_sums(table, some[:, 0].long(), axes_of(some[:, 1:]), sizes)
        for some in torch.split(rois, max(1, MAX_ENTRIES // num_entries))
        if len(some)
    ]
    bins = torch.cat(pooled) if pooled else table.new_zeros(0, *output_size, table.shape[1])
    return bins.movedim(-1, 1).to(features.dtype)  # (R, C, *output_size)


def _most_samples(rois: Tensor, output_size: Sequence[int], spatial_scale: float, sampling_ratio: int) -> int:
    """Return how many samples a bin has along an axis, at most."""
    if sampling_ratio > 0 or not len(rois):
        return max(sampling_ratio, 1)
    lower, upper = corners(rois[:, 1:])
    return max(1, math.ceil(float((upper - lower).max()) * spatial_scale / min(output_size)))


def axis_weights(
    boxes: Tensor,
    sizes: Sequence[int],
    output_size: Sequence[int],
    *,
    spatial_scale: float,
    sampling_ratio: int,
    aligned: bool,
) -> list[AxisWeights]:
    """Return the weights of boxes (R, 2 d) along each axis of the tensor, whose order is the reverse of the boxes'."""
    num_axes = len(sizes)
    scaled = boxes.float() * spatial_scale - (0.5 if aligned else 0.0)
    made = []
    for axis, (size, bins) in enumerate(zip(sizes, output_size, strict=True)):
        start, end = scaled[:, num_axes - 1 - axis], scaled[:, 2 * num_axes - 1 - axis]
        length = end - start if aligned else (end - start).clamp(min=1.0)
        made.append(_along(start, length, bins=bins, sampling_ratio=sampling_ratio, size=size))
    return made


def _along(start: Tensor, length: Tensor, *, bins: int, sampling_ratio: int, size: int) -> AxisWeights:
    """Return where samples along one axis lie, each between two places, with their weights."""
    fitting = torch.ceil(length / bins).clamp(min=0)
    counts = torch.full_like(start, sampling_ratio) if sampling_ratio > 0 else fitting
    most = max(int(counts.max()), 1)
    sample = torch.arange(most, device=start.device)
    bin_length = (length / bins)[:, None, None]
    share = (sample + 0.5) * bin_length / counts.clamp(min=1)[:, None, None]
    bin_starts = start[:, None, None] + torch.arange(bins, device=start.device)[:, None] * bin_length
    positions = bin_starts + share  # (R, bins, most)
    is_taken = (positions >= -1) & (positions <= size) & (sample < counts[:, None, None])
    positions = positions.clamp(min=0)
    lower = positions.floor().clamp(max=size - 1)
    upper_weight = torch.where(lower >= size - 1, 0, positions - lower)
    taken = is_taken / counts.clamp(min=1)[:, None, None]
    places = torch.cat([lower, (lower + 1).clamp(max=size - 1)], dim=-1).long()
    return AxisWeights(places, torch.cat([(1 - upper_weight) * taken, upper_weight * taken], dim=-1))


def _weighted_sums(table: Tensor, pictures: Tensor, axes: Sequence[AxisWeights], sizes: Sequence[int]) -> Tensor:
    """Return the sum of each bin, (R, *bins, C): the weights of a place are the products of those along the axes."""
    indices, weights = join_axes(pictures, axes, sizes)
    num_entries = indices.shape[-1]
    sums = F.embedding_bag(
        indices.view(-1, num_entries),
        table,
        mode="sum",
        per_sample_weights=weights.reshape(-1, num_entries).to(table.dtype),
    )
    return sums.view(*indices.shape[:-1], -1)


def join_axes(pictures: Tensor, axes: Sequence[AxisWeights], sizes: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Return the row of each entry in a table of all places of all pictures, and its weight, (R, *bins, entries)."""
    indices = pictures[:, None, None]  # (R, bins so far, entries so far)
    weights = torch.ones_like(indices, dtype=torch.float32)
    shape = [len(pictures)]
    for (places, along), size in zip(axes, sizes, strict=True):
        num_regions, bins, _ = places.shape
        indices = (indices * size)[:, :, None, :, None] + places[:, None, :, None, :]
        weights = weights[:, :, None, :, None] * along[:, None, :, None, :]
        indices = indices.reshape(num_regions, indices.shape[1] * bins, -1)
        weights = weights.reshape(indices.shape)
        shape.append(bins)
    return indices.view(*shape, -1), weights.view(*shape, -1)
