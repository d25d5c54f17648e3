"""The convolution of which our small networks for single frames are made, and how they join maps."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


def conv_unit(num_in: int, num_out: int, *, stride: int = 1) -> nn.Sequential:
    """Return a 3x3 convolution that keeps the size, or divides it by the stride, with batch norm and ReLU."""
    return nn.Sequential(
        nn.Conv2d(num_in, num_out, 3, stride, padding=1, bias=False), nn.BatchNorm2d(num_out), nn.ReLU(inplace=True)
    )


def joined(maps: Sequence[Tensor]) -> Tensor:
    """Return maps (N, C, H, W) one after the other, channels last in memory, and so their gradients.

    A gradient that is merely cut out of the joined one lies in memory with gaps, and operators that find gaps go a way
    that is up to eight times as slow.
    """
    for part in maps:
        if part.requires_grad:
            part.register_hook(_without_gaps)  # type: ignore[no-untyped-call]
    return torch.cat(list(maps), 1)


def _without_gaps(gradient: Tensor) -> Tensor:
    return gradient.contiguous(memory_format=torch.channels_last)
