"""Networks for pictures that give detectors their feature maps, each half as fine as the one before."""

from typing import Any, Protocol

from torch import Tensor, nn

from models.networks.imagenet import IMAGENET_MEAN, IMAGENET_STD, trained_efficientnet_lite0
from models.networks.resnet import ResNetTrunk

_LITE_MAPS = {0: 16, 2: 24, 4: 40, 10: 112, 15: 320}
"""Blocks of EfficientNet-Lite0 after which a map is taken, every 2, 4, 8, 16 and 32 pixels a place; its channels."""
_LITE_STAGES = ((0, 2), (3, 4), (5, 10), (11, 15))
"""First and last block of each stage."""


class Body(Protocol):
    """Gives feature maps of a batch of pictures."""

    map_channels: tuple[int, ...]
    mean: tuple[float, ...]
    """Of each channel of the pictures that the weights were trained on, in 0..1."""
    std: tuple[float, ...]

    def __call__(self, pictures: Tensor) -> list[Tensor]:
        """Return the maps of (N, 3, H, W), finest first."""
        ...

    def stages(self) -> list[list[nn.Module]]:
        """Return the parts of which the first ones can be kept from learning, from the input on."""
        ...


class ResNetBody(ResNetTrunk):
    """The four stages of a ResNet: maps whose places are 4, 8, 16 and 32 pixels apart."""

    mean, std = IMAGENET_MEAN, IMAGENET_STD

    def __init__(self, depth: int, in_channels: int = 3, *, width: float = 1.0) -> None:
        super().__init__(depth, in_channels, width=width)
        last_blocks = (stage[-1] for stage in (self.layer1, self.layer2, self.layer3, self.layer4))
        self.map_channels = tuple(_out_channels(block) for block in last_blocks)

    def forward(self, pictures: Tensor) -> list[Tensor]:  # type: ignore[override]
        """Return the maps of (N, 3, H, W), finest first."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(pictures))))  # (N, 64, H/4, W/4)
        maps = [self.layer1(x)]  # (N, 256, H/4, W/4)
        for stage in (self.layer2, self.layer3, self.layer4):
            maps.append(stage(maps[-1]))
        return maps

    def stages(self) -> list[list[nn.Module]]:
        """Return the stem and the four stages."""
        return [[self.conv1, self.bn1], [self.layer1], [self.layer2], [self.layer3], [self.layer4]]


class ResNetC4Body(ResNetBody):
    """A ResNet up to its last stage but one: a single map whose places are 16 pixels apart.

    The last stage is the head of the regions; it is taken out with `take_last_stage`.

    Source: He et al., "Mask R-CNN", ICCV 2017, arXiv:1703.06870 (ResNet-C4).
    """

    def __init__(self, depth: int, *, width: float = 1.0) -> None:
        super().__init__(depth, width=width)
        self.map_channels = self.map_channels[2:3]

    def forward(self, pictures: Tensor) -> list[Tensor]:  # type: ignore[override]
        """Return the one map of (N, 3, H, W)."""
        return [self.middle_features(pictures)]  # (N, 1024, H/16, W/16)

    def take_last_stage(self) -> nn.Module:
        """Return the last stage, which from then on is no part of the body."""
        stage = self.layer4
        del self.layer4
        return stage

    def stages(self) -> list[list[nn.Module]]:
        """Return the stem and the three stages."""
        return [[self.conv1, self.bn1], [self.layer1], [self.layer2], [self.layer3]]


class EfficientNetLite0Body(nn.Module):
    """EfficientNet-Lite0 with the weights trained on ImageNet that its package brings: a small body for CPUs.

    Args:
        has_half: Its first map is half as fine as the pictures, not a quarter.
    """

    mean, std = (127 / 255,) * 3, (128 / 255,) * 3

    def __init__(self, *, has_half: bool = False) -> None:
        super().__init__()
        self._map_blocks = tuple(_LITE_MAPS)[0 if has_half else 1 :]
        self.map_channels = tuple(_LITE_MAPS[block] for block in self._map_blocks)
        self.net = trained_efficientnet_lite0()
        del self.net._fc, self.net._dropout, self.net._conv_head, self.net._bn1

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Return the maps of (N, 3, H, W), finest first."""
        x = self.net._swish(self.net._bn0(self.net._conv_stem(pictures)))  # (N, 32, H/2, W/2)
        maps = []
        for index, block in enumerate(self.net._blocks):
            x = block(x)
            if index in self._map_blocks:
                maps.append(x)
        return maps

    def stages(self) -> list[list[nn.Module]]:
        """Return the stem and the four stages."""
        blocks = self.net._blocks
        stages = [[blocks[index] for index in range(first, last + 1)] for first, last in _LITE_STAGES]
        return [[self.net._conv_stem, self.net._bn0], *stages]


def keep_from_learning(body: Body, num_learning: int) -> None:
    """Let only the last stages of a body learn.

    Raises:
        ValueError: it has not so many.
    """
    stages = body.stages()
    if not 0 <= num_learning <= len(stages):
        raise ValueError(f"trainable_layers must lie in 0..{len(stages)} for this network, got {num_learning}")
    for part in (part for stage in stages[: len(stages) - num_learning] for part in stage):
        part.requires_grad_(False)


def _out_channels(block: Any) -> int:
    return int((block.conv3 if hasattr(block, "conv3") else block.conv2).out_channels)
