"""3D U-Net with padded convolutions: a class for every voxel of a volume of any size.

Source: Cicek et al., arXiv:1606.06650, in the form of github.com/wolny/pytorch-3dunet (MIT), whose names of layers are
taken: enlarged by repetition, and the first convolution of a level has half its channels. Differences: volumes too
small for all halvings are continued with zeros; and logits come out unless `final` says otherwise.
"""

from itertools import pairwise
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.networks.unet_levels import enlarged_with_zeros, way_down

Final = Literal["none", "sigmoid", "softmax"]


class Size(NamedTuple):
    """How large a network is."""

    f_maps: int
    num_levels: int


_WITH_GROUP_NORM, _WITH_BATCH_NORM = Size(16, 3), Size(32, 4)


class UNet3D(nn.Module):
    """Gives every voxel one logit a class.

    Args:
        num_classes: Number of logits a voxel.
        in_channels: Channels of a volume.
        layer_order: What makes up a convolution, in order: "c" the convolution itself, "r" ReLU, "g" group norm, "b"
            batch norm.
        final: What is done to the logits in evaluation mode; training sees logits always.
        f_maps: Channels of the first level, doubled from each level to the next; None: 16 with group norm, else 32.
        num_levels: Levels; None: three with group norm, else four.
        num_groups: Groups of channels that group norm normalises; of fewer channels all together.
    """

    def __init__(
        self,
        num_classes: int = 2,
        in_channels: int = 1,
        *,
        layer_order: str = "gcr",
        final: Final = "none",
        f_maps: int | None = None,
        num_levels: int | None = None,
        num_groups: int = 8,
    ) -> None:
        super().__init__()
        size = _WITH_GROUP_NORM if "g" in layer_order else _WITH_BATCH_NORM
        f_maps, num_levels = f_maps or size.f_maps, num_levels or size.num_levels
        _check(num_classes, in_channels, layer_order, final, num_levels)
        self.num_classes = num_classes
        self.in_channels = in_channels
        self.final = final
        self.smallest_side = 2 ** (num_levels - 1)
        maps = [f_maps * 2**level for level in range(num_levels)]
        self.encoders = nn.ModuleList(
            Encoder(before, after, layer_order, num_groups) for before, after in pairwise([in_channels, *maps])
        )
        self.decoders = nn.ModuleList(
            Decoder(deep + high, high, layer_order, num_groups) for deep, high in pairwise(reversed(maps))
        )
        self.final_conv = nn.Conv3d(maps[0], num_classes, 1)

    def forward(self, volumes: Tensor) -> Tensor:
        """Return the logits of every voxel; in evaluation mode what `final` makes of them.

        Args:
            volumes: (N, in_channels, D, H, W), floating point, in the range that the weights were trained on.

        Returns:
            (N, num_classes, D, H, W), float32.
        """
        depth, height, width = volumes.shape[2:]
        skips = way_down(self.encoders, nn.MaxPool3d(2), enlarged_with_zeros(volumes, self.smallest_side))
        x = skips.pop()
        for decoder in self.decoders:
            x = decoder(x, skips.pop())
        logits = self.final_conv(x)[:, :, :depth, :height, :width].float()
        if self.training or self.final == "none":
            return logits  # type: ignore[no-any-return]
        return logits.sigmoid() if self.final == "sigmoid" else logits.softmax(1)  # type: ignore[no-any-return]


class Encoder(nn.Module):
    """A level of the way down."""

    def __init__(self, in_channels: int, out_channels: int, order: str, num_groups: int) -> None:
        super().__init__()
        middle = max(out_channels // 2, in_channels)
        self.basic_module = _double_conv(in_channels, middle, out_channels, order, num_groups)

    def forward(self, x: Tensor) -> Tensor:
        return self.basic_module(x)  # type: ignore[no-any-return]


class Decoder(nn.Module):
    """A level of the way up: enlarges, joins what the way down saw there, then convolves twice."""

    def __init__(self, in_channels: int, out_channels: int, order: str, num_groups: int) -> None:
        super().__init__()
        self.basic_module = _double_conv(in_channels, out_channels, out_channels, order, num_groups)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        enlarged = F.interpolate(x, size=skip.shape[2:], mode="nearest")
        return self.basic_module(torch.cat([skip, enlarged], dim=1))  # type: ignore[no-any-return]


def _double_conv(first: int, middle: int, last: int, order: str, num_groups: int) -> nn.Sequential:
    layers = nn.Sequential()
    for number, (before, after) in enumerate(((first, middle), (middle, last)), start=1):
        layers.add_module(f"SingleConv{number}", _single_conv(before, after, order, num_groups))
    return layers


def _single_conv(before: int, after: int, order: str, num_groups: int) -> nn.Sequential:
    layers = nn.Sequential()
    channels = before
    for kind in order:
        if kind == "c":
            layers.add_module("conv", nn.Conv3d(before, after, 3, padding=1, bias=not set(order) & {"g", "b"}))
            channels = after
        elif kind == "g":
            layers.add_module("groupnorm", nn.GroupNorm(num_groups if channels >= num_groups else 1, channels))
        elif kind == "b":
            layers.add_module("batchnorm", nn.BatchNorm3d(channels))
        else:
            layers.add_module("ReLU", nn.ReLU(inplace=kind != order[0]))
    return layers


def _check(num_classes: int, in_channels: int, layer_order: str, final: str, num_levels: int) -> None:
    if num_classes < 1 or in_channels < 1 or num_levels < 1:
        raise ValueError(
            "num_classes, in_channels and num_levels must be at least 1, "
            f"got {num_classes}, {in_channels} and {num_levels}"
        )
    if set(layer_order) - set("cgbr") or layer_order.count("c") != 1 or len(set(layer_order)) != len(layer_order):
        raise ValueError(f'layer_order must hold "c" and any of "g", "b" and "r" once, got {layer_order!r}')
    if final not in ("none", "sigmoid", "softmax"):
        raise ValueError(f"final must be none, sigmoid or softmax, got {final!r}")
