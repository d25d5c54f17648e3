"""The convolution of which our small networks for single frames are made."""

from torch import nn


def conv_unit(num_in: int, num_out: int, *, stride: int = 1) -> nn.Sequential:
    """Return a 3x3 convolution that keeps the size, or divides it by the stride, with batch norm and ReLU."""
    return nn.Sequential(
        nn.Conv2d(num_in, num_out, 3, stride, padding=1, bias=False), nn.BatchNorm2d(num_out), nn.ReLU(inplace=True)
    )
