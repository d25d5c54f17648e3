"""What Inception-v1 over frames and I3D over clips share: the numbers of their layer table, padding, four branches.

Source: Szegedy et al., "Going Deeper with Convolutions", CVPR 2015, arXiv:1409.4842, with batch norm; channels as in
the releases of I3D (github.com/google-deepmind/kinetics-i3d) and of slim (github.com/tensorflow/models), both
Apache-2.0.
"""

from typing import Generic, Protocol, TypeVar

import torch
from torch import Tensor, nn

from models.networks.width import scaled_channels

BATCH_NORM_EPS = 1e-3
BATCH_NORM_MOMENTUM = 0.01

BranchChannels = tuple[int, int, int, int, int, int]
"""Output channels of b0, b1a, b1b, b2a, b2b and b3b."""

MIXED_CHANNELS: dict[str, BranchChannels] = {
    "Mixed_3b": (64, 96, 128, 16, 32, 32),
    "Mixed_3c": (128, 128, 192, 32, 96, 64),
    "Mixed_4b": (192, 96, 208, 16, 48, 64),
    "Mixed_4c": (160, 112, 224, 24, 64, 64),
    "Mixed_4d": (128, 128, 256, 24, 64, 64),
    "Mixed_4e": (112, 144, 288, 32, 64, 64),
    "Mixed_4f": (256, 160, 320, 32, 128, 128),
    "Mixed_5b": (256, 160, 320, 32, 128, 128),
    "Mixed_5c": (384, 192, 384, 48, 128, 128),
}

Unit = TypeVar("Unit", bound=nn.Module, covariant=True)
Pool = TypeVar("Pool", bound=nn.Module)


class MakeUnit(Protocol[Unit]):
    """Makes a convolution with what follows it."""

    def __call__(self, in_channels: int, out_channels: int, *, kernel_size: int) -> Unit: ...


class FourBranches(nn.Module, Generic[Unit, Pool]):
    """Four parallel branches, concatenated: 1x1; 1x1 then 3x3; 1x1 then 3x3 (not 5x5); max pool then 1x1.

    Args:
        in_channels: Channels of the input.
        channels: Of the branches.
        unit: Makes each convolution.
        pool: The max pool, which keeps the size.
    """

    def __init__(self, in_channels: int, channels: BranchChannels, *, unit: MakeUnit[Unit], pool: Pool) -> None:
        super().__init__()
        b0, b1a, b1b, b2a, b2b, b3b = channels
        self.out_channels = b0 + b1b + b2b + b3b
        self.b0 = unit(in_channels, b0, kernel_size=1)
        self.b1a = unit(in_channels, b1a, kernel_size=1)
        self.b1b = unit(b1a, b1b, kernel_size=3)
        self.b2a = unit(in_channels, b2a, kernel_size=1)
        self.b2b = unit(b2a, b2b, kernel_size=3)
        self.b3a = pool
        self.b3b = unit(in_channels, b3b, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        branches = [self.b0(x), self.b1b(self.b1a(x)), self.b2b(self.b2a(x)), self.b3b(self.b3a(x))]
        return torch.cat(branches, dim=1)


def mixed_channels(name: str, width: float) -> BranchChannels:
    """Return the channels of the branches of a module, such as "Mixed_3b", at a width."""
    b0, b1a, b1b, b2a, b2b, b3b = (scaled_channels(channels, width) for channels in MIXED_CHANNELS[name])
    return b0, b1a, b1b, b2a, b2b, b3b


def same_padding(size: int, kernel_size: int, stride: int) -> tuple[int, int]:
    """Return how many elements TensorFlow's SAME padding puts before and after an axis of this size."""
    overhang = kernel_size - (size % stride or stride)
    total = max(overhang, 0)
    return total // 2, total - total // 2
