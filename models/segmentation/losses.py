"""What segmentation networks are trained to lower."""

import torch
from torch import Tensor
from torch.nn import functional as F


def weighted_cross_entropy(logits: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
    """Return the cross-entropy of every pixel or voxel, weighted, as the mean over the weights.

    A weight of 0 leaves a voxel out: so partly labelled volumes train a network (Cicek et al. 2016, arXiv:1606.06650).
    Where all weights are 0, the loss is 0.

    Args:
        logits: (N, K, ...).
        labels: Integers in 0..K - 1, (N, ...); what stands where the weight is 0 does not matter.
        weights: At least 0, (N, ...), as `models.segmentation.border_weights` makes them.

    Source: Ronneberger et al. 2015, arXiv:1505.04597, equation 1.
    """
    counted = weights > 0
    losses = F.cross_entropy(logits.float(), torch.where(counted, labels, 0), reduction="none")
    losses = torch.where(counted, losses, 0) * weights
    return losses.sum() / weights.sum().clamp(min=torch.finfo(torch.float32).tiny)


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
