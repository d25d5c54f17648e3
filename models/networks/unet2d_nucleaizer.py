"""nucleAIzer's U-Net, which says for every pixel how surely it belongs to a nucleus.

Source: Hollandi et al., "nucleAIzer", Cell Systems 10:453, 2020; names of the layers as in github.com/spreka/biomagdsb,
whose checkpoints load. Its last layer is a sigmoid: unlike our other networks it gives probabilities. Two differences:
a width multiplier, and pictures smaller than 16 pixels, continued with zeros.
"""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.networks.unet_levels import LEVEL_CHANNELS, enlarged_with_zeros
from models.networks.width import require_sizes, scaled_channels


class NucleaizerUNet(nn.Module):
    """Gives every pixel a probability of each class, independent of the others.

    Args:
        num_classes: Number of probabilities a pixel.
        in_channels: Channels of a picture.
        width: Multiplies every layer's number of channels, rounded to a multiple of 8; 1 is the published network.
    """

    def __init__(self, num_classes: int = 1, in_channels: int = 3, *, width: float = 1.0) -> None:
        super().__init__()
        require_sizes(num_classes, in_channels, width)
        self.num_classes = num_classes
        self.in_channels = in_channels
        one, two, three, four, five = (scaled_channels(channels, width) for channels in LEVEL_CHANNELS)
        self.first = First(_double_conv(in_channels, one))
        self.encoder_1 = Encoder(nn.MaxPool2d(2), *_double_conv(one, two))
        self.encoder_2 = Encoder(nn.MaxPool2d(2), *_double_conv(two, three))
        self.encoder_3 = Encoder(nn.MaxPool2d(2), *_double_conv(three, four))
        self.center = Center(nn.MaxPool2d(2), *_double_conv(four, five), _doubling(five, four))
        self.decoder_3 = Decoder(*_double_conv(2 * four, four), _doubling(four, three))
        self.decoder_2 = Decoder(*_double_conv(2 * three, three), _doubling(three, two))
        self.decoder_1 = Decoder(*_double_conv(2 * two, two), _doubling(two, one))
        self.last = First([*_double_conv(2 * one, one), nn.Conv2d(one, num_classes, 1), nn.Sigmoid()])

    def forward(self, pictures: Tensor) -> Tensor:
        """Return the probabilities of every pixel.

        Args:
            pictures: (N, in_channels, H, W), floating point, in the range that the weights were trained on.

        Returns:
            (N, num_classes, H, W), float32, in 0..1.
        """
        height, width = pictures.shape[2:]
        first = self.first(enlarged_with_zeros(pictures))  # (N, 64, H, W)
        second = self.encoder_1(first)  # (N, 128, H/2, W/2)
        third = self.encoder_2(second)  # (N, 256, H/4, W/4)
        fourth = self.encoder_3(third)  # (N, 512, H/8, W/8)
        x = self.decoder_3(_joined(self.center(fourth), fourth))  # (N, 256, H/4, W/4)
        x = self.decoder_2(_joined(x, third))
        x = self.decoder_1(_joined(x, second))
        return cast(Tensor, self.last(_joined(x, first)))[:, :, :height, :width].float()


class First(nn.Module):
    """Layers at the full size: the first ones, and the last."""

    def __init__(self, layers: list[nn.Module]) -> None:
        super().__init__()
        self.first = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        return self.first(x)  # type: ignore[no-any-return]


class Encoder(nn.Module):
    """A step of the way down."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.encoder = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        return self.encoder(x)  # type: ignore[no-any-return]


class Center(nn.Module):
    """The deepest step, down and up again."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.center = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        return self.center(x)  # type: ignore[no-any-return]


class Decoder(nn.Module):
    """A step of the way up."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.decoder = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder(x)  # type: ignore[no-any-return]


def _double_conv(in_channels: int, out_channels: int) -> list[nn.Module]:
    return [
        nn.Conv2d(in_channels, out_channels, 3, padding=1),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(inplace=True),
        nn.Conv2d(out_channels, out_channels, 3, padding=1),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(inplace=True),
    ]


def _doubling(in_channels: int, out_channels: int) -> nn.ConvTranspose2d:
    return nn.ConvTranspose2d(in_channels, out_channels, kernel_size=2, stride=2)


def _joined(x: Tensor, skip: Tensor) -> Tensor:
    """Join an enlarged map with an earlier one; a place that an odd size lost is 0, at the bottom and the right."""
    rows, columns = (wanted - found for wanted, found in zip(skip.shape[2:], x.shape[2:], strict=True))
    return torch.cat([F.pad(x, (0, columns, 0, rows)), skip], dim=1)
