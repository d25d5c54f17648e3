"""Batch norm that no longer learns: a scale and a shift for each channel.

Detectors see a few large pictures at a time, too few to measure a mean by: they keep what the classifier that they
start from had learned.

Source: as torchvision has it (github.com/pytorch/vision, BSD-3-Clause), whose COCO checkpoints want an eps of 0.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class FrozenBatchNorm(nn.Module):
    """Normalises by numbers that are weights like others, but for which no gradient is computed."""

    weight: Tensor
    bias: Tensor
    running_mean: Tensor
    running_var: Tensor

    def __init__(self, num_features: int, eps: float) -> None:
        super().__init__()
        self.eps = eps
        self.register_buffer("weight", torch.ones(num_features))
        self.register_buffer("bias", torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x: Tensor) -> Tensor:
        return F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps)

    def extra_repr(self) -> str:
        return f"{len(self.weight)}, eps={self.eps}"


def freeze_batch_norms(network: nn.Module, eps: float) -> None:
    """Put frozen batch norms, with the same numbers, in the place of a network's batch norms."""
    for name, layer in list(network.named_modules()):
        if isinstance(layer, nn.BatchNorm2d | nn.BatchNorm3d):
            frozen = FrozenBatchNorm(layer.num_features, eps)
            learned = layer.state_dict()
            frozen.load_state_dict({own: learned[own] for own in frozen.state_dict()})
            network.set_submodule(name, frozen)
