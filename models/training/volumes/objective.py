"""What a network that labels voxels is trained towards."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from models.segmentation.losses import soft_dice, weighted_cross_entropy


@dataclass(frozen=True)
class LabelledVoxels:
    """Weighted cross-entropy of the voxels, and if wanted one minus the Dice coefficient of the classes.

    Outputs are logits, (N, K, D, H, W); targets are (N, 2, D, H, W): what is true of each voxel, and its weight. Of one
    output the truth is a share in 0..1, of several the number of the class, 0 the background. Voxels of weight 0 teach
    nothing: so sparse annotation trains a network (Cicek et al. 2016, arXiv:1606.06650).
    """

    dice_share: float = 0.5
    """Of the loss; the cross-entropy has the rest."""
    score_name = "dice"

    def total_loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        entropy = weighted_cross_entropy(outputs, targets[:, 0], targets[:, 1])  # (N,)
        if not self.dice_share:
            return entropy.sum()
        found, counted = self.answers(outputs), targets[:, 1] > 0
        dice = _dice(found[:, 1:] if found.shape[1] > 1 else found, torch.where(counted, targets[:, 0], 0), counted)
        return ((1 - self.dice_share) * entropy + self.dice_share * (1 - dice)).sum()

    def total_score(self, outputs: Tensor, targets: Tensor) -> float:
        """Return the sum of the samples' mean Dice coefficients of what would be answered."""
        if outputs.shape[1] == 1:
            found = (outputs > 0).float()
        else:
            found = F.one_hot(outputs.argmax(1), outputs.shape[1]).movedim(-1, 1)[:, 1:].float()
        counted = targets[:, 1] > 0
        return float(_dice(found, torch.where(counted, targets[:, 0], 0), counted).sum())

    def answers(self, outputs: Tensor) -> Tensor:
        return outputs.float().sigmoid() if outputs.shape[1] == 1 else outputs.float().softmax(1)


def _dice(found: Tensor, truth: Tensor, counted: Tensor) -> Tensor:
    """Return the mean over the classes of each sample's Dice coefficient among the voxels that count, (N,).

    Args:
        found: (N, classes but the background, D, H, W), 0..1.
        truth: (N, D, H, W), 0 where a voxel does not count.
        counted: bool, (N, D, H, W).
    """
    wanted = truth[:, None]
    if found.shape[1] > 1:
        classes = torch.arange(1, found.shape[1] + 1, device=truth.device)
        wanted = (wanted == classes.view(1, -1, 1, 1, 1)).float()
    return soft_dice(found * counted[:, None], wanted).mean(1)
