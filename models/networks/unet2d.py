"""U-Net with padded convolutions and batch norm: a class for every pixel of a picture of any size.

Source: Ronneberger et al., "U-Net: Convolutional Networks for Biomedical Image Segmentation", MICCAI 2015,
arXiv:1505.04597, in the form that most people train; names of the layers as in github.com/milesial/Pytorch-UNet, whose
checkpoints load. Two differences: a width multiplier, and pictures smaller than 16 pixels, continued with zeros.
"""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.networks.unet_levels import LEVEL_CHANNELS, enlarged_with_zeros
from models.networks.width import require_sizes, scaled_channels


class UNet2D(nn.Module):
    """Gives every pixel one logit a class.

    Args:
        num_classes: Number of logits a pixel.
        in_channels: Channels of a picture.
        bilinear: Whether the way up enlarges by interpolation (fewer weights) instead of by learned up-convolutions.
        width: Multiplies every layer's number of channels, rounded to a multiple of 8; 1 is the published network.
    """

    def __init__(
        self, num_classes: int = 2, in_channels: int = 3, *, bilinear: bool = False, width: float = 1.0
    ) -> None:
        super().__init__()
        require_sizes(num_classes, in_channels, width)
        self.num_classes = num_classes
        self.in_channels = in_channels
        one, two, three, four, five = (scaled_channels(channels, width) for channels in LEVEL_CHANNELS)
        shrink = 2 if bilinear else 1
        self.inc = DoubleConv(in_channels, one)
        self.down1 = Down(one, two)
        self.down2 = Down(two, three)
        self.down3 = Down(three, four)
        self.down4 = Down(four, five // shrink)
        self.up1 = Up(five, four // shrink, bilinear=bilinear)
        self.up2 = Up(four, three // shrink, bilinear=bilinear)
        self.up3 = Up(three, two // shrink, bilinear=bilinear)
        self.up4 = Up(two, one, bilinear=bilinear)
        self.outc = OutConv(one, num_classes)

    def forward(self, pictures: Tensor) -> Tensor:
        """Return the logits of every pixel.

        Args:
            pictures: (N, in_channels, H, W), floating point, in the range that the weights were trained on.

        Returns:
            (N, num_classes, H, W), float32.
        """
        height, width = pictures.shape[2:]
        x1 = self.inc(enlarged_with_zeros(pictures))  # (N, 64, H, W)
        x2 = self.down1(x1)  # (N, 128, H/2, W/2)
        x3 = self.down2(x2)  # (N, 256, H/4, W/4)
        x4 = self.down3(x3)  # (N, 512, H/8, W/8)
        x = self.up1(self.down4(x4), x4)  # (N, 512, H/8, W/8)
        x = self.up2(x, x3)
        x = self.up3(x, x2)
        return cast(Tensor, self.outc(self.up4(x, x1)))[:, :, :height, :width].float()


class DoubleConv(nn.Module):
    """Two 3x3 convolutions that keep the size, each with batch norm and ReLU."""

    def __init__(self, in_channels: int, out_channels: int, middle_channels: int | None = None) -> None:
        super().__init__()
        middle_channels = middle_channels or out_channels
        self.double_conv = nn.Sequential(
            nn.Conv2d(in_channels, middle_channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(middle_channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(middle_channels, out_channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.double_conv(x)  # type: ignore[no-any-return]


class Down(nn.Module):
    """Halves the size, then convolves twice."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.maxpool_conv = nn.Sequential(nn.MaxPool2d(2), DoubleConv(in_channels, out_channels))

    def forward(self, x: Tensor) -> Tensor:
        return self.maxpool_conv(x)  # type: ignore[no-any-return]


class Up(nn.Module):
    """Doubles the size, joins what the way down saw there, then convolves twice."""

    def __init__(self, in_channels: int, out_channels: int, *, bilinear: bool) -> None:
        super().__init__()
        self.up: nn.Module
        if bilinear:
            self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
            self.conv = DoubleConv(in_channels, out_channels, in_channels // 2)
        else:
            self.up = nn.ConvTranspose2d(in_channels, in_channels // 2, kernel_size=2, stride=2)
            self.conv = DoubleConv(in_channels, out_channels)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        x = self.up(x)
        rows, columns = (wanted - found for wanted, found in zip(skip.shape[2:], x.shape[2:], strict=True))
        x = F.pad(x, (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2))  # odd sizes lost a place
        return self.conv(torch.cat([skip, x], dim=1))  # type: ignore[no-any-return]


class OutConv(nn.Module):
    """One logit a class for each place."""

    def __init__(self, in_channels: int, num_classes: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, num_classes, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)  # type: ignore[no-any-return]
