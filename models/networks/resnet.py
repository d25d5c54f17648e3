"""ResNet-18, -50 and -101 over single frames, with the layer names of torchvision's weights.

Source: He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, arXiv:1512.03385; names, and the stride in
the 3x3 convolution of a bottleneck instead of its first 1x1, as torchvision has them (github.com/pytorch/vision,
BSD-3-Clause). Two differences: any number of input channels, and a width multiplier.
"""

from typing import NamedTuple

from torch import Tensor, nn

from models.networks.width import require_width, scaled_channels

STAGE_CHANNELS = (64, 128, 256, 512)
BLOCKS_PER_STAGE = {18: (2, 2, 2, 2), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3)}


class Steps(NamedTuple):
    """How a stage walks over its input."""

    stride: int
    first_dilation: int
    """Of the first block, which still sees the places of the stage before."""
    dilation: int


_STEPS = {
    32: (Steps(1, 1, 1), Steps(2, 1, 1), Steps(2, 1, 1), Steps(2, 1, 1)),
    16: (Steps(1, 1, 1), Steps(2, 1, 1), Steps(2, 1, 1), Steps(1, 1, 2)),
    8: (Steps(1, 1, 1), Steps(2, 1, 1), Steps(1, 1, 2), Steps(1, 2, 4)),
}
"""The four stages by output stride."""


class ResNetTrunk(nn.Module):
    """A ResNet up to its last feature map.

    Args:
        depth: 18, 50 or 101.
        in_channels: Channels of a frame.
        width: Multiplies every layer's number of channels, rounded to a multiple of 8; 1 is the published network.
        output_stride: Pixels of the frame for each place of the last feature map. 32 is the published classifier; for
            16 and 8 the last stage or two spread their convolutions (dilation) instead of stepping.
    """

    def __init__(self, depth: int, in_channels: int = 3, *, width: float = 1.0, output_stride: int = 32) -> None:
        super().__init__()
        if depth not in BLOCKS_PER_STAGE:
            raise ValueError(f"depth must be one of {', '.join(map(str, BLOCKS_PER_STAGE))}, got {depth}")
        if output_stride not in _STEPS:
            raise ValueError(f"output_stride must be one of {', '.join(map(str, _STEPS))}, got {output_stride}")
        if in_channels < 1:
            raise ValueError(f"in_channels must be at least 1, got {in_channels}")
        require_width(width)
        self.in_channels = in_channels
        self.width = width
        block = BasicBlock if depth == 18 else Bottleneck
        counts, steps = BLOCKS_PER_STAGE[depth], _STEPS[output_stride]
        one, two, three, four = (scaled_channels(published, width) for published in STAGE_CHANNELS)
        self.conv1 = nn.Conv2d(in_channels, one, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(one)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.layer1 = _stage(block, one, one, counts[0], steps[0])
        self.layer2 = _stage(block, block.expansion * one, two, counts[1], steps[1])
        self.layer3 = _stage(block, block.expansion * two, three, counts[2], steps[2])
        self.layer4 = _stage(block, block.expansion * three, four, counts[3], steps[3])
        self.num_middle_features = block.expansion * three
        self.num_features = block.expansion * four
        self.apply(_start_randomly)

    def forward(self, frames: Tensor) -> Tensor:
        """Return the last feature map, (N, num_features, H / output_stride, W / output_stride)."""
        return self.layer4(self.middle_features(frames))  # type: ignore[no-any-return]

    def middle_features(self, frames: Tensor) -> Tensor:
        """Return what the last stage reads, (N, num_middle_features, H / 16, W / 16), or H / 8 at output stride 8.

        Args:
            frames: (N, in_channels, H, W), floating point, normalised as the weights were trained; any H and W.
        """
        x = self.relu(self.bn1(self.conv1(frames)))  # (N, 64, H/2, W/2)
        x = self.maxpool(x)  # (N, 64, H/4, W/4)
        x = self.layer1(x)  # (N, 64 or 256, H/4, W/4)
        x = self.layer2(x)  # (N, 128 or 512, H/8, W/8)
        return self.layer3(x)  # type: ignore[no-any-return]  # (N, 256 or 1024, H/16, W/16)


class ResNet(ResNetTrunk):
    """Scores single frames, or gives features of them.

    Args:
        depth: 18, 50 or 101.
        num_classes: Number of logits.
        in_channels: Channels of a frame.
        width: Multiplies every layer's number of channels, rounded to a multiple of 8; 1 is the published network.
    """

    def __init__(self, depth: int, num_classes: int = 1000, in_channels: int = 3, *, width: float = 1.0) -> None:
        super().__init__(depth, in_channels, width=width)
        if num_classes < 1:
            raise ValueError(f"num_classes must be at least 1, got {num_classes}")
        self.num_classes = num_classes
        self.avgpool: nn.Module = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(self.num_features, num_classes)

    def forward(self, frames: Tensor) -> Tensor:
        """Return one row of logits a frame.

        Args:
            frames: (N, in_channels, H, W), floating point, normalised as the weights were trained; any H and W.

        Returns:
            (N, num_classes), float32.
        """
        return self.fc(self.pooled_features(frames)).float()  # type: ignore[no-any-return]

    def pooled_features(self, frames: Tensor) -> Tensor:
        """Return the features of each frame, averaged over its places, (N, 512 x width), or 2048 for 50 and 101."""
        return self.avgpool(super().forward(frames)).flatten(1)  # type: ignore[no-any-return]


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut around them."""

    expansion = 1

    def __init__(self, in_channels: int, channels: int, steps: Steps) -> None:
        super().__init__()
        self.conv1 = _conv3x3(in_channels, channels, stride=steps.stride, dilation=steps.first_dilation)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = _conv3x3(channels, channels, stride=1, dilation=steps.dilation)
        self.bn2 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = _shortcut(in_channels, channels, steps.stride)

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        x = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(x)) + shortcut)  # type: ignore[no-any-return]


class Bottleneck(nn.Module):
    """1x1 to few channels, 3x3, 1x1 to four times as many, and a shortcut around them."""

    expansion = 4

    def __init__(self, in_channels: int, channels: int, steps: Steps) -> None:
        super().__init__()
        out_channels = self.expansion * channels
        self.conv1 = nn.Conv2d(in_channels, channels, kernel_size=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = _conv3x3(channels, channels, stride=steps.stride, dilation=steps.first_dilation)
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv3 = nn.Conv2d(channels, out_channels, kernel_size=1, bias=False)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = _shortcut(in_channels, out_channels, steps.stride)

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.relu(self.bn2(self.conv2(x)))
        return self.relu(self.bn3(self.conv3(x)) + shortcut)  # type: ignore[no-any-return]


def _stage(
    block: type[BasicBlock] | type[Bottleneck], in_channels: int, channels: int, num_blocks: int, steps: Steps
) -> nn.Sequential:
    others = Steps(1, steps.dilation, steps.dilation)
    blocks = (block(block.expansion * channels, channels, others) for _ in range(num_blocks - 1))
    return nn.Sequential(block(in_channels, channels, steps), *blocks)


def _conv3x3(in_channels: int, out_channels: int, *, stride: int, dilation: int) -> nn.Conv2d:
    return nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=dilation, dilation=dilation, bias=False)


def _shortcut(in_channels: int, out_channels: int, stride: int) -> nn.Sequential | None:
    """Return what brings a block's input to the shape of its output; None where it has it already."""
    if stride == 1 and in_channels == out_channels:
        return None
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride, bias=False), nn.BatchNorm2d(out_channels)
    )


def _start_randomly(layer: nn.Module) -> None:
    """Draw a layer's weights as torchvision does."""
    if isinstance(layer, nn.Conv2d):
        nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
