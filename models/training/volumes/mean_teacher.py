"""Lets unlabelled voxels teach: a network must answer as the running average of itself, under other noise.

Source: Tarvainen & Valpola 2017, arXiv:1703.01780 (mean teacher), for voxels as Yu et al. 2019, arXiv:1907.07034, but
without their measure of doubt. The running average is taken within the step, before the student's answer.
"""

import copy
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from models.training.batches import Batch
from models.training.volumes.objective import LabelledVoxels
from models.training.volumes.patches import PatchBatches


class MeanTeacher(nn.Module):
    """A student, which is trained, and its teacher, the running average of it.

    Args:
        student: Maps (N, C, D, H, W) to logits (N, K, D, H, W).
        decay: Of the running average that is kept at a step.
    """

    def __init__(self, student: nn.Module, decay: float) -> None:
        super().__init__()
        self.student = student
        self.teacher = copy.deepcopy(student).requires_grad_(False)
        self._decay = decay
        self.steps: Tensor
        self.register_buffer("steps", torch.zeros(()))

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the logits of the student, in training beside those of the teacher.

        Args:
            inputs: in training two views of the same patches, (N, 2 C, D, H, W); else (N, C, D, H, W).

        Returns:
            (N, 2 K, D, H, W) in training, else (N, K, D, H, W).
        """
        if not self.training:
            return self.student(inputs)  # type: ignore[no-any-return]
        mine, theirs = inputs.chunk(2, 1)
        with torch.no_grad():
            self._follow()
            taught = self.teacher(theirs)
        return torch.cat([self.student(mine), taught], 1)

    def _follow(self) -> None:
        self.steps += 1
        decay = min(self._decay, float(self.steps) / (float(self.steps) + 10))
        for mine, theirs in zip(self.student.parameters(), self.teacher.parameters(), strict=True):
            theirs.lerp_(mine, 1 - decay)


@dataclass(frozen=True)
class ConsistentVoxels:
    """The loss of labelled voxels, and how far student and teacher differ anywhere.

    Outputs are those of `MeanTeacher`; targets are (N, 3, D, H, W): truth, weights, and how much agreement counts.
    """

    labelled: LabelledVoxels
    num_outputs: int
    """K."""
    score_name = "dice"

    def total_loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        mine = outputs[:, : self.num_outputs]
        loss = self.labelled.total_loss(mine, targets[:, :2])
        if outputs.shape[1] == self.num_outputs:
            return loss
        answers = [self.labelled.answers(some) for some in (mine, outputs[:, self.num_outputs :])]
        apart = ((answers[0] - answers[1].detach()) ** 2).sum(1)  # (N, D, H, W)
        return loss + (apart * targets[:, 2]).mean((1, 2, 3)).sum()

    def total_score(self, outputs: Tensor, targets: Tensor) -> float:
        return self.labelled.total_score(outputs[:, : self.num_outputs], targets[:, :2])

    def answers(self, outputs: Tensor) -> Tensor:
        return self.labelled.answers(outputs[:, : self.num_outputs])


@dataclass(frozen=True, eq=False)
class PairedBatches:
    """Batches of two views of each patch that differ in noise, half of them from anywhere in the volumes."""

    labelled: PatchBatches
    weight: float
    """How much agreement counts in the end."""
    ramp_steps: int
    """Until it does."""
    noise: float = 0.1
    """Standard deviation by which the views differ."""

    def make(self, step: int) -> Batch:
        """Return the batch of a step."""
        anywhere = [replace(volume, weights=np.ones_like(volume.weights)) for volume in self.labelled.volumes]
        drawn = self.labelled.make(step)
        free = replace(self.labelled, volumes=anywhere, seed=self.labelled.seed + 1).make(step)
        half = max(len(drawn.inputs) // 2, 1)
        inputs = np.concatenate([drawn.inputs[:half], free.inputs[half:]])
        targets = np.concatenate([drawn.targets[:half], free.targets[half:]])
        targets[half:, 1] = 0
        rng = np.random.default_rng((self.labelled.seed, step, 2))
        views = [inputs + rng.normal(0, self.noise, inputs.shape).astype(np.float32) for _ in range(2)]
        ramp = self.weight * float(np.exp(-5 * (1 - min(step / self.ramp_steps, 1)) ** 2))
        agreement = np.full_like(targets[:, :1], ramp)
        return Batch(np.concatenate(views, 1), np.concatenate([targets, agreement], 1))


def student_of(network: nn.Module) -> nn.Module:
    """Return the network that is served: the student, or the network itself where there is none."""
    return network.student if isinstance(network, MeanTeacher) else network
