"""R(2+1)D-18, R3D-18 and MC3-18: residual networks over clips, with the layer names of torchvision's weights.

Source: Tran et al., "A Closer Look at Spatiotemporal Convolutions for Action Recognition", CVPR 2018, arXiv:1711.11248;
names, strides and the number of channels between the two halves of a (2+1)D convolution as torchvision has them
(github.com/pytorch/vision, BSD-3-Clause). Two differences: any number of input channels, and a width multiplier.
"""

from collections.abc import Callable
from typing import Literal

from torch import Tensor, nn

from models.networks.width import require_sizes, scaled_channels

STAGE_CHANNELS = (64, 128, 256, 512)
BLOCKS_PER_STAGE = 2
R2PLUS1D_STEM_CHANNELS = 45
"""Channels between the stem's spatial and its temporal convolution, as published."""

Variant = Literal["r2plus1d_18", "r3d_18", "mc3_18"]


class VideoResNet(nn.Module):
    """Scores a clip, or reads a number off it (EchoNet's ejection fraction is R(2+1)D-18 with one output).

    Args:
        variant: "r3d_18" convolves in space and time at once; "r2plus1d_18" first in space, then in time, with a batch
            norm and a ReLU between; "mc3_18" convolves in time in the stem and the first stage only.
        num_classes: Number of outputs.
        in_channels: Channels of the clip.
        width: Multiplies every layer's number of channels, rounded to a multiple of 8; 1 is the published network.
    """

    def __init__(self, variant: Variant, num_classes: int = 400, in_channels: int = 3, *, width: float = 1.0) -> None:
        super().__init__()
        if variant not in _CONVOLUTIONS:
            raise ValueError(f"variant must be one of {', '.join(_CONVOLUTIONS)}, got {variant!r}")
        require_sizes(num_classes, in_channels, width)
        self.num_classes = num_classes
        self.in_channels = in_channels
        self.width = width
        channels = [scaled_channels(published, width) for published in STAGE_CHANNELS]
        first, *later = _CONVOLUTIONS[variant]
        self.stem = (
            _split_stem(in_channels, channels[0], width) if first is Conv2Plus1D else _stem(in_channels, channels[0])
        )
        self.layer1 = _stage(first, channels[0], channels[0], stride=1)
        self.layer2 = _stage(later[0], channels[0], channels[1], stride=2)
        self.layer3 = _stage(later[1], channels[1], channels[2], stride=2)
        self.layer4 = _stage(later[2], channels[2], channels[3], stride=2)
        self.avgpool = nn.AdaptiveAvgPool3d(1)
        self.fc = nn.Linear(channels[3], num_classes)
        self.apply(_start_randomly)

    def forward(self, clips: Tensor) -> Tensor:
        """Return one row of outputs a clip.

        Args:
            clips: (N, in_channels, T, H, W), floating point, normalised as the weights were trained; any T, H and W.

        Returns:
            (N, num_classes), float32.
        """
        x = self.avgpool(self.features(clips).float()).flatten(1)  # (N, 512)
        return self.fc(x.to(self.fc.weight.dtype)).float()  # type: ignore[no-any-return]

    def features(self, clips: Tensor) -> Tensor:
        """Return the last feature map, (N, 512 x width, T / 8, H / 16, W / 16); MC3 keeps all T."""
        x = self.stem(clips)  # (N, 64, T, H/2, W/2)
        x = self.layer1(x)  # (N, 64, T, H/2, W/2)
        x = self.layer2(x)  # (N, 128, T/2, H/4, W/4)
        x = self.layer3(x)  # (N, 256, T/4, H/8, W/8)
        return self.layer4(x)  # type: ignore[no-any-return]  # (N, 512, T/8, H/16, W/16)


class BasicBlock(nn.Module):
    """Two convolutions and a shortcut around them."""

    def __init__(self, convolution: "Convolution", in_channels: int, out_channels: int, *, stride: int) -> None:
        super().__init__()
        # The published (2+1)D blocks take this number, worked out for the first convolution, for both.
        between = in_channels * out_channels * 3 * 3 * 3 // (in_channels * 3 * 3 + 3 * out_channels)
        self.conv1 = nn.Sequential(
            convolution(in_channels, out_channels, between, stride),
            nn.BatchNorm3d(out_channels),
            nn.ReLU(inplace=True),
        )
        self.conv2 = nn.Sequential(convolution(out_channels, out_channels, between, 1), nn.BatchNorm3d(out_channels))
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or in_channels != out_channels:
            steps = (1, stride, stride) if convolution is Conv3DNoTemporal else (stride, stride, stride)
            self.downsample = nn.Sequential(
                nn.Conv3d(in_channels, out_channels, kernel_size=1, stride=steps, bias=False),
                nn.BatchNorm3d(out_channels),
            )

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        return self.relu(self.conv2(self.conv1(x)) + shortcut)  # type: ignore[no-any-return]


class Conv3DSimple(nn.Conv3d):
    """3x3x3, through space and time at once."""

    def __init__(self, in_channels: int, out_channels: int, between: int, stride: int) -> None:
        super().__init__(in_channels, out_channels, kernel_size=3, stride=stride, padding=1, bias=False)


class Conv3DNoTemporal(nn.Conv3d):
    """1x3x3: each frame by itself."""

    def __init__(self, in_channels: int, out_channels: int, between: int, stride: int) -> None:
        steps = (1, stride, stride)
        super().__init__(in_channels, out_channels, (1, 3, 3), stride=steps, padding=(0, 1, 1), bias=False)


class Conv2Plus1D(nn.Sequential):
    """1x3x3 in space, batch norm, ReLU, then 3x1x1 in time."""

    def __init__(self, in_channels: int, out_channels: int, between: int, stride: int) -> None:
        in_time = (stride, 1, 1)
        super().__init__(
            Conv3DNoTemporal(in_channels, between, between, stride),
            nn.BatchNorm3d(between),
            nn.ReLU(inplace=True),
            nn.Conv3d(between, out_channels, (3, 1, 1), stride=in_time, padding=(1, 0, 0), bias=False),
        )


Convolution = Callable[[int, int, int, int], nn.Module]
"""Makes a convolution of (in_channels, out_channels, channels between, stride)."""

_CONVOLUTIONS: dict[str, tuple[Convolution, Convolution, Convolution, Convolution]] = {
    "r2plus1d_18": (Conv2Plus1D, Conv2Plus1D, Conv2Plus1D, Conv2Plus1D),
    "r3d_18": (Conv3DSimple, Conv3DSimple, Conv3DSimple, Conv3DSimple),
    "mc3_18": (Conv3DSimple, Conv3DNoTemporal, Conv3DNoTemporal, Conv3DNoTemporal),
}
"""The convolution of each stage."""


def _stem(in_channels: int, out_channels: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv3d(in_channels, out_channels, (3, 7, 7), stride=(1, 2, 2), padding=(1, 3, 3), bias=False),
        nn.BatchNorm3d(out_channels),
        nn.ReLU(inplace=True),
    )


def _split_stem(in_channels: int, out_channels: int, width: float) -> nn.Sequential:
    between = max(8, round(R2PLUS1D_STEM_CHANNELS * width))
    return nn.Sequential(
        nn.Conv3d(in_channels, between, (1, 7, 7), stride=(1, 2, 2), padding=(0, 3, 3), bias=False),
        nn.BatchNorm3d(between),
        nn.ReLU(inplace=True),
        nn.Conv3d(between, out_channels, (3, 1, 1), padding=(1, 0, 0), bias=False),
        nn.BatchNorm3d(out_channels),
        nn.ReLU(inplace=True),
    )


def _stage(convolution: Convolution, in_channels: int, out_channels: int, *, stride: int) -> nn.Sequential:
    first = BasicBlock(convolution, in_channels, out_channels, stride=stride)
    others = (BasicBlock(convolution, out_channels, out_channels, stride=1) for _ in range(BLOCKS_PER_STAGE - 1))
    return nn.Sequential(first, *others)


def _start_randomly(layer: nn.Module) -> None:
    """Draw a layer's weights as torchvision does."""
    if isinstance(layer, nn.Conv3d):
        nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
    elif isinstance(layer, nn.Linear):
        nn.init.normal_(layer.weight, 0, 0.01)
        nn.init.zeros_(layer.bias)
