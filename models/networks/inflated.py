"""Layers over video made of layers over frames: what `models.inflation` puts in their place.

Along time they pad as TensorFlow's SAME, not with zeros but with the first and the last slice: where nothing moves
before an end of the video, nothing moves after it. In space they pad as the layer that they were made of.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.networks.inception import same_padding


class TimeShape(NamedTuple):
    """How a layer goes along time."""

    kernel_size: int
    stride: int


class InflatedConv(nn.Conv3d):
    """A convolution over frames whose kernel is repeated in time and divided by the number of repeats.

    Args:
        layer: The convolution over frames.
        time: Size and stride of the new kernel along time.
        is_same_padded: Whether the layer pads as TensorFlow's SAME, by the size of its input, instead of by a number.

    Raises:
        ValueError: the layer pads in another way than with a number of zeros.
    """

    def __init__(self, layer: nn.Conv2d, time: TimeShape, *, is_same_padded: bool = False) -> None:
        if layer.padding_mode != "zeros" or isinstance(layer.padding, str):
            raise ValueError(f"a convolution must pad with a number of zeros to be inflated, got {layer}")
        rows, columns = layer.padding
        (height, width), (step_down, step_right) = layer.kernel_size, layer.stride
        spread_down, spread_right = layer.dilation
        super().__init__(
            layer.in_channels,
            layer.out_channels,
            (time.kernel_size, height, width),
            stride=(time.stride, step_down, step_right),
            padding=(0, rows, columns),
            dilation=(1, spread_down, spread_right),
            groups=layer.groups,
            bias=layer.bias is not None,
        )
        self.is_same_padded = is_same_padded
        with torch.no_grad():
            self.weight = nn.Parameter(repeat_in_time(layer.weight, time.kernel_size))
            self.bias = layer.bias

    def forward(self, x: Tensor) -> Tensor:
        x = extend_in_time(x, self.kernel_size[0], self.stride[0])
        if self.is_same_padded:
            x = _pad_in_space(x, self.kernel_size, self.stride, self.dilation)
        return F.conv3d(x, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)


class InflatedMaxPool(nn.Module):
    """A max pool over frames that looks along time too.

    Args:
        layer: The pool over frames.
        time: Size and stride of the window along time.
    """

    def __init__(self, layer: nn.MaxPool2d, time: TimeShape) -> None:
        super().__init__()
        self.kernel_size = (time.kernel_size, *_pair(layer.kernel_size))
        self.stride = (time.stride, *_pair(layer.stride))
        self.padding = (0, *_pair(layer.padding))
        self.dilation = (1, *_pair(layer.dilation))
        self.ceil_mode = layer.ceil_mode

    def forward(self, x: Tensor) -> Tensor:
        x = extend_in_time(x, self.kernel_size[0], self.stride[0])
        return F.max_pool3d(x, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode)


class InflatedSameMaxPool(nn.Module):
    """A max pool over frames, padded as TensorFlow's SAME and over inputs that are never negative, with time.

    Args:
        kernel_size: Height and width of the window.
        stride: Its steps in space.
        time: Size and stride of the window along time.
    """

    def __init__(self, kernel_size: tuple[int, int], stride: tuple[int, int], time: TimeShape) -> None:
        super().__init__()
        self.kernel_size = (time.kernel_size, *kernel_size)
        self.stride = (time.stride, *stride)

    def forward(self, x: Tensor) -> Tensor:
        x = extend_in_time(x, self.kernel_size[0], self.stride[0])
        return F.max_pool3d(_pad_in_space(x, self.kernel_size, self.stride), self.kernel_size, self.stride)


def repeat_in_time(kernel: Tensor, num_repeats: int) -> Tensor:
    """Return a kernel (out, in, H, W) as (out, in, num_repeats, H, W), divided by the number of repeats."""
    return kernel.detach()[:, :, None].repeat(1, 1, num_repeats, 1, 1) / num_repeats


def extend_in_time(x: Tensor, kernel_size: int, stride: int) -> Tensor:
    """Repeat the first and the last slice of (N, C, T, H, W) as often as SAME pads that axis for this kernel."""
    before, after = same_padding(x.shape[2], kernel_size, stride)
    first, last = x[:, :, :1], x[:, :, -1:]
    parts = [*[first] * before, x, *[last] * after]
    return torch.cat(parts, dim=2) if len(parts) > 1 else x


def _pad_in_space(
    x: Tensor,
    kernel_size: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...] = (1, 1, 1),
) -> Tensor:
    reach = [(size - 1) * spread + 1 for size, spread in zip(kernel_size, dilation, strict=True)]
    rows, columns = map(same_padding, x.shape[3:], reach[1:], stride[1:])
    return F.pad(x, (*columns, *rows)) if any((*rows, *columns)) else x


def _pair(size: int | tuple[int, int]) -> tuple[int, int]:
    return (size, size) if isinstance(size, int) else size
