"""What segmentation networks are trained to lower."""

import torch
from torch import Tensor
from torch.nn import functional as F


def weighted_cross_entropy(logits: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
    """Return the cross-entropy of the pixels or voxels of each picture, weighted, as the mean over its weights, (N,).

    A weight of 0 leaves a voxel out: so partly labelled volumes train a network (Cicek et al. 2016, arXiv:1606.06650).
    Where all weights of a picture are 0, its loss is 0.

    Args:
        logits: (N, K, ...); of one alone, K = 1, that of belonging to it.
        labels: Integers in 0..K - 1, (N, ...), of K = 1 shares in 0..1; what stands where the weight is 0 does not
            matter.
        weights: At least 0, (N, ...), as `models.segmentation.border_weights` makes them.

    Source: Ronneberger et al. 2015, arXiv:1505.04597, equation 1.
    """
    counted, axes = weights > 0, tuple(range(1, weights.ndim))
    truth = torch.where(counted, labels, 0)
    if logits.shape[1] == 1:
        losses = F.binary_cross_entropy_with_logits(logits[:, 0].float(), truth.float(), reduction="none")
    else:
        losses = F.cross_entropy(logits.float(), truth.long(), reduction="none")
    sums = weights.sum(axes).clamp(min=torch.finfo(torch.float32).tiny)
    return (torch.where(counted, losses, 0) * weights).sum(axes) / sums


def soft_jaccard_loss(probabilities: Tensor, targets: Tensor) -> Tensor:
    """Return minus the Jaccard index of soft masks, of all pixels together: -1 where both agree fully.

    Args:
        probabilities: In 0..1, any shape.
        targets: In 0..1, of that shape; may be smoothed.

    Source: nucleAIzer's U-Net, github.com/spreka/biomagdsb.
    """
    probabilities, targets = probabilities.float(), targets.float()
    shared = (probabilities * targets).sum()
    union = (probabilities + targets).sum() - shared
    smallest = torch.finfo(torch.float32).tiny  # the source has 1e-40, which float32 holds only as a subnormal
    return -(shared + smallest) / (union + smallest)


def soft_dice_loss(probabilities: Tensor, targets: Tensor, *, smoothing: float = 1.0) -> Tensor:
    """Return 1 minus the Dice coefficient of soft masks, as the mean over pictures and classes.

    Args:
        probabilities: In 0..1, (N, K, ...).
        targets: In 0..1, of that shape.
        smoothing: Added to both counts of pixels: a class that is in neither then costs nothing.
    """
    return 1 - soft_dice(probabilities.float(), targets.float(), smoothing=smoothing).mean()


def soft_dice(one: Tensor, other: Tensor, *, smoothing: float = 1.0) -> Tensor:
    """Return the Dice coefficient of every class of every picture, (N, K), of soft masks (N, K, ...)."""
    axes = tuple(range(2, one.ndim))
    shared = (one * other).sum(axes)
    return (2 * shared + smoothing) / (one.sum(axes) + other.sum(axes) + smoothing)
