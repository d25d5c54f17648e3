"""Boxes in pictures and volumes: areas, overlaps, borders.

A box is a row of 2 d numbers, first the lower corner, then the upper one: (x1, y1, x2, y2) in a picture and
(x1, y1, z1, x2, y2, z2) in a volume, in pixels or voxels; x runs along the last axis of a tensor. Edges are exclusive:
a box from 0 to 10 covers ten pixels.
"""

from collections.abc import Sequence

import torch
from torch import Tensor


def num_box_axes(boxes: Tensor) -> int:
    """Return d of boxes (..., 2 d): 2 for pictures, 3 for volumes."""
    return boxes.shape[-1] // 2


def corners(boxes: Tensor) -> tuple[Tensor, Tensor]:
    """Return the lower and the upper corners of boxes (..., 2 d), (..., d) each."""
    num_axes = num_box_axes(boxes)
    return boxes[..., :num_axes], boxes[..., num_axes:]


def box_volumes(boxes: Tensor) -> Tensor:
    """Return the areas or volumes of boxes (..., 2 d), (...)."""
    lower, upper = corners(boxes)
    return (upper - lower).prod(-1)


@torch.no_grad()
def pairwise_iou(first: Tensor, second: Tensor) -> Tensor:
    """Return the intersection over union of every box with every other, 0 where both are empty; it has no gradient.

    Args:
        first: (N, 2 d).
        second: (M, 2 d).

    Returns:
        (N, M), in 0..1.
    """
    num_axes = num_box_axes(first)
    columns, rows = first.T.contiguous()[:, :, None], second.T.contiguous()
    shared = first.new_ones(len(first), len(second))
    for axis in range(num_axes):  # in place: many pairs are mostly a matter of memory
        lower = torch.maximum(columns[axis], rows[axis])
        upper = torch.minimum(columns[num_axes + axis], rows[num_axes + axis])
        shared.mul_(upper.sub_(lower).clamp_(min=0))
    union = (box_volumes(first)[:, None] + box_volumes(second)).sub_(shared)
    return shared.div_(union.clamp_(min=torch.finfo(union.dtype).tiny))


def clip_boxes(boxes: Tensor, size: Sequence[int]) -> Tensor:
    """Return boxes (..., 2 d) moved within a picture (H, W) or a volume (D, H, W) of that size."""
    limits = torch.tensor([*reversed(size), *reversed(size)], dtype=boxes.dtype, device=boxes.device)
    return torch.minimum(boxes.clamp(min=0), limits)


def are_larger(boxes: Tensor, side: float) -> Tensor:
    """Return which boxes (..., 2 d) are at least so long along every axis, bool (...)."""
    lower, upper = corners(boxes)
    return (upper - lower >= side).all(-1)


def rescale_boxes(boxes: Tensor, old_size: Sequence[int], new_size: Sequence[int]) -> Tensor:
    """Return boxes (..., 2 d) of a picture of one size, (H, W), for the same picture at another size."""
    ratios = [
        torch.tensor(new, dtype=torch.float32) / torch.tensor(old, dtype=torch.float32)
        for new, old in zip(new_size, old_size, strict=True)
    ]
    return boxes * torch.stack([*reversed(ratios), *reversed(ratios)]).to(boxes)
