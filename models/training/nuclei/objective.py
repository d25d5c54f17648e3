"""What the network for nuclei is trained towards: centres, ways to them, and every pixel's class."""

from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional as F

from models.networks.nuclei import CENTRE, DOWN, GROUND, NUCLEUS, RIGHT
from models.segmentation.losses import soft_dice
from models.segmentation.network_input import to_network_input
from models.training.nuclei import material
from models.training.pictures.lesson import Subject

CLASS_WEIGHTS = (1.0, 1.0, 2.0)
"""Of ground, inside and rim."""
NEAR_WEIGHT = 5.0
"""Of pixels near a centre, against 1 of all others: few are."""
NEAR = 0.01
WAY_BEND = 0.1
"""Normal diameters up to which an error of a way costs its square."""
NUCLEUS_SHARE, WAY_SHARE, CENTRE_SHARE = 0.5, 2.0, 2.0
"""Of the losses in their sum; those of classes and of the outline count once."""


@dataclass(frozen=True)
class NucleiObjective:
    """Outputs are the maps of a `NucleiNet`, (N, 7, H, W), targets what `material.truth_of` says, (N, 4, H, W)."""

    score_name = "dice"

    def total_loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the sum of the losses of all pictures."""
        outputs = outputs.float()
        classes, centre = targets[:, material.CLASS].long(), targets[:, material.CENTRE]
        nucleus = (classes > 0).float()
        weights = outputs.new_tensor(CLASS_WEIGHTS)
        of_classes = F.cross_entropy(outputs[:, GROUND:], classes, weights, reduction="none") / weights[classes].mean()
        ways, true_ways = outputs[:, DOWN : RIGHT + 1], targets[:, material.DOWN : material.RIGHT + 1]
        errors = F.smooth_l1_loss(ways, true_ways, reduction="none", beta=WAY_BEND)
        of_ways = errors.sum(1) * nucleus / nucleus.mean().clamp(min=1e-3)
        told = partial(F.binary_cross_entropy_with_logits, reduction="none")
        of_centres = told(outputs[:, CENTRE], centre) * torch.where(centre > NEAR, NEAR_WEIGHT, 1.0)
        of_pixels = (
            of_classes
            + WAY_SHARE * of_ways
            + CENTRE_SHARE * of_centres
            + NUCLEUS_SHARE * told(outputs[:, NUCLEUS], nucleus)
        )
        return of_pixels.mean((1, 2)).sum() + (1 - _dice(outputs, nucleus)).sum()

    def total_score(self, outputs: Tensor, targets: Tensor) -> float:
        """Return the sum over pictures of how far outlined and true pixels of nuclei agree."""
        return float(_dice(outputs.float(), (targets[:, material.CLASS] > 0).float()).sum())

    def answers(self, outputs: Tensor) -> Tensor:
        """Return the probabilities of ground, inside and rim."""
        return outputs[:, GROUND:].float().softmax(1)


def _dice(outputs: Tensor, nucleus: Tensor) -> Tensor:
    """Return the Dice coefficient of each picture, (N,)."""
    found = 1 - outputs[:, GROUND:].softmax(1)[:, 0]
    return soft_dice(found[:, None], nucleus[:, None])[:, 0]


NUCLEI = Subject(NucleiObjective(), material.nuclei_batch, partial(to_network_input, num_channels=3))
"""Where nuclei are, and which pixels are of each."""
