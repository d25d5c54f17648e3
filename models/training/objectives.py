"""What a network is trained towards: a loss to lower, and a score that a person understands."""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional as F

from models.segmentation.losses import soft_dice

NO_TARGET = -100
"""Stands for the label of what teaches nothing."""


class Objective(Protocol):
    """Compares a network's outputs with what they should be."""

    @property
    def score_name(self) -> str:
        """What the score says, such as accuracy."""
        ...

    def total_loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the sum of the losses of all samples, a scalar."""
        ...

    def total_score(self, outputs: Tensor, targets: Tensor) -> float:
        """Return the sum of the scores of all samples."""
        ...

    def answers(self, outputs: Tensor) -> Tensor:
        """Return what the outputs mean: probabilities, or numbers in their unit."""
        ...


@dataclass(frozen=True)
class OneLabel:
    """Each sample bears one label: outputs are logits (N, C), targets indices (N,)."""

    label_smoothing: float = 0.0
    score_name = "accuracy"

    def total_loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return F.cross_entropy(outputs.float(), targets, label_smoothing=self.label_smoothing, reduction="sum")

    def total_score(self, outputs: Tensor, targets: Tensor) -> float:
        return float((outputs.argmax(1) == targets).sum())

    def answers(self, outputs: Tensor) -> Tensor:
        return outputs.float().softmax(1)


@dataclass(frozen=True)
class SeveralLabels:
    """Each sample bears any number of labels: outputs are logits (N, C), targets 0 or 1, (N, C)."""

    label_smoothing: float = 0.0
    score_name = "accuracy"

    def total_loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        wanted = targets.float() * (1 - self.label_smoothing) + self.label_smoothing / 2
        losses = F.binary_cross_entropy_with_logits(outputs.float(), wanted, reduction="none")  # (N, C)
        return losses.mean(1).sum()

    def total_score(self, outputs: Tensor, targets: Tensor) -> float:
        return float(((outputs > 0) == (targets > 0.5)).float().mean(1).sum())

    def answers(self, outputs: Tensor) -> Tensor:
        return outputs.float().sigmoid()


@dataclass(frozen=True)
class Number:
    """Each sample has one number: outputs and targets are (N, 1).

    The network speaks in units of `scale` around `centre`, so that its outputs are about as large as one.
    """

    centre: float
    scale: float
    score_name = "mean_absolute_error"

    def total_loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        wanted = (targets.float() - self.centre) / self.scale
        return ((outputs.float() - wanted) ** 2).sum()

    def total_score(self, outputs: Tensor, targets: Tensor) -> float:
        return float((self.answers(outputs) - targets.float()).abs().sum())

    def answers(self, outputs: Tensor) -> Tensor:
        return outputs.float() * self.scale + self.centre


@dataclass(frozen=True)
class Masks:
    """Each sample is a picture with a mask for each class: outputs are logits (N, C, H, W), targets 0 or 1.

    The loss is the binary cross-entropy of the pixels plus one minus the Dice coefficient, which a small object
    needs: on its own the cross-entropy hardly notices it (Milletari et al., V-Net, 3DV 2016, arXiv:1606.04797).
    """

    score_name = "dice"

    def total_loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        logits, wanted = outputs.float(), targets.float()
        pixels = F.binary_cross_entropy_with_logits(logits, wanted, reduction="none").mean((1, 2, 3))  # (N,)
        return (pixels + 1 - soft_dice(logits.sigmoid(), wanted).mean(1)).sum()

    def total_score(self, outputs: Tensor, targets: Tensor) -> float:
        return float(soft_dice((outputs > 0).float(), targets.float()).mean(1).sum())

    def answers(self, outputs: Tensor) -> Tensor:
        return outputs.float().sigmoid()


@dataclass(frozen=True)
class AtEveryStep:
    """Wants the same of the outputs after every frame, (N, T, C): the loss with which a memory is trained.

    The score and the answers are those of the last step, which is the one that is read when the network is used.

    Source: Carreira & Zisserman 2017, arXiv:1705.07750, section 2.1.
    """

    inner: Objective

    @property
    def score_name(self) -> str:
        return self.inner.score_name

    def total_loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        num_steps = outputs.shape[1]
        return self.inner.total_loss(outputs.flatten(0, 1), targets.repeat_interleave(num_steps, 0)) / num_steps

    def total_score(self, outputs: Tensor, targets: Tensor) -> float:
        return self.inner.total_score(outputs[:, -1], targets)

    def answers(self, outputs: Tensor) -> Tensor:
        return self.inner.answers(outputs[:, -1])


@dataclass(frozen=True)
class EverySlice:
    """Wants a label of each slice of a video: outputs are logits (N, C, S), targets indices (N, S).

    Slices whose target is `NO_TARGET` teach nothing. A sample's score is the share that is right of the others.
    """

    label_smoothing: float = 0.0
    none_weight: float = 1.0
    """Of the slices that bear the first label, "none", against 1 for those that bear another."""
    score_name = "accuracy"

    def total_loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        losses = F.cross_entropy(
            outputs.float(), targets, label_smoothing=self.label_smoothing, ignore_index=NO_TARGET, reduction="none"
        )  # (N, S)
        weights = torch.where(targets == 0, self.none_weight, 1.0)
        return (losses * weights).sum() / targets.shape[1]

    def total_score(self, outputs: Tensor, targets: Tensor) -> float:
        counts = targets != NO_TARGET  # (N, S)
        is_right = (outputs.argmax(1) == targets) & counts
        return float((is_right.sum(1) / counts.sum(1).clamp(min=1)).sum())

    def answers(self, outputs: Tensor) -> Tensor:
        return outputs.float().softmax(1)
