"""Cuts what a region's mask shall learn out of a large true mask.

It gives what `roi_align` gives with as many samples as there are pixels, but a large mask has one channel and a region
thousands of pixels: one matrix along each axis does with a few multiplications what a sum over samples does with many.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from models.detection.roi_align import AxisWeights, axis_weights


@torch.no_grad()
def crop_masks(masks: Tensor, boxes: Tensor, indices: Tensor, output_size: int) -> Tensor:
    """Return a part of a mask for each box, as means over its bins.

    Args:
        masks: (G, H, W) or (G, D, H, W), bool or numbers in 0..1.
        boxes: (R, 2 d), pixels.
        indices: int64, (R,): the mask out of which each box cuts.
        output_size: Bins along each axis.

    Returns:
        float32, (R, output_size, output_size) or with three axes, in 0..1.
    """
    sizes = masks.shape[1:]
    bins = (output_size,) * len(sizes)
    crops = torch.zeros(len(boxes), *bins, device=boxes.device)
    for index in torch.unique(indices):
        chosen = torch.where(indices == index)[0]
        axes = axis_weights(boxes[chosen], sizes, bins, spatial_scale=1.0, sampling_ratio=-1, aligned=False)
        crops[chosen] = _through(masks[index].float(), [_matrix(*pair) for pair in zip(axes, sizes, strict=True)])
    return crops


def _matrix(axis: AxisWeights, size: int) -> Tensor:
    """Return the weight of every place in every bin, (R, bins, size)."""
    matrix = axis.weights.new_zeros(*axis.places.shape[:2], size)
    return matrix.scatter_add_(2, axis.places, axis.weights)


def _through(mask: Tensor, matrices: Sequence[Tensor]) -> Tensor:
    """Multiply one mask by each region's matrices along all axes, last axis first, (R, bins, ...)."""
    num_regions, num_bins, _ = matrices[0].shape
    size = mask.shape
    made = torch.einsum("ax,rbx->rab", mask.reshape(-1, size[-1]), matrices[-1])  # (R, other places, bins)
    for axis in range(len(size) - 2, -1, -1):
        made = made.reshape(num_regions, -1, size[axis], num_bins ** (len(size) - 1 - axis))
        made = torch.einsum("raxk,rbx->rabk", made, matrices[axis])
    return made.reshape(num_regions, *(num_bins,) * len(size))
