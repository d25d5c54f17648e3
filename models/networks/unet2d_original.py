"""The original U-Net: valid convolutions, so that every logit rests on true pixels only.

Source: Ronneberger et al., "U-Net: Convolutional Networks for Biomedical Image Segmentation", MICCAI 2015,
arXiv:1505.04597. Each side loses 92 pixels; `models.segmentation.overlap_tile` segments whole pictures by tiles. One
difference: a width multiplier.
"""

import math

import torch
from torch import Tensor, nn

from models.networks.cropping import cropped_to
from models.networks.unet_levels import LEVEL_CHANNELS, way_down
from models.networks.width import require_sizes, scaled_channels
from models.segmentation.tile_shape import TileShape

DROPPED_SHARE = 0.5
"""Of the channels at the end of the contracting path, in training."""


class UNet2DOriginal(nn.Module):
    """Gives the pixels in the middle of a tile one logit a class.

    Args:
        num_classes: Number of logits a pixel.
        in_channels: Channels of a picture.
        width: Multiplies every layer's number of channels, rounded to a multiple of 8; 1 is the published network.
    """

    tile_shape = TileShape(margins=(92, 92), multiples=(16, 16), smallest_outputs=(4, 4))
    """572 x 572 pixels give logits for the middle 388 x 388."""

    def __init__(self, num_classes: int = 2, in_channels: int = 1, *, width: float = 1.0) -> None:
        super().__init__()
        require_sizes(num_classes, in_channels, width)
        self.num_classes = num_classes
        self.in_channels = in_channels
        channels = [scaled_channels(published, width) for published in LEVEL_CHANNELS]
        inputs = [in_channels, *channels]
        self.down = nn.ModuleList(_double_conv(*pair) for pair in zip(inputs, channels, strict=False))
        self.pool = nn.MaxPool2d(2)
        self.dropout = nn.Dropout(DROPPED_SHARE)
        upward = list(zip(channels[:0:-1], channels[-2::-1], strict=True))
        self.up = nn.ModuleList(nn.ConvTranspose2d(deep, high, 2, stride=2) for deep, high in upward)
        self.join = nn.ModuleList(_double_conv(2 * high, high) for _, high in upward)
        self.out = nn.Conv2d(channels[0], num_classes, 1)
        self.apply(_start_as_published)

    def forward(self, tiles: Tensor) -> Tensor:
        """Return the logits of the pixels that lie at least 92 from every side.

        Args:
            tiles: (N, in_channels, H, W), floating point; H and W of the form 16 k + 12, at least 188.

        Returns:
            (N, num_classes, H - 184, W - 184), float32.

        Raises:
            ValueError: a side has another length.
        """
        self.tile_shape.check_input(tuple(tiles.shape[2:]))
        skips = way_down(self.down, self.pool, tiles)
        x = self.dropout(skips.pop())
        for up, join in zip(self.up, self.join, strict=True):
            x = torch.relu(up(x))
            x = join(torch.cat([cropped_to(skips.pop(), x), x], dim=1))
        return self.out(x).float()  # type: ignore[no-any-return]


def _double_conv(in_channels: int, out_channels: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3),
        nn.ReLU(inplace=True),
        nn.Conv2d(out_channels, out_channels, 3),
        nn.ReLU(inplace=True),
    )


def _start_as_published(layer: nn.Module) -> None:
    """Draw weights so that what goes through keeps its variance: Gaussian, standard deviation sqrt(2 / inputs)."""
    if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
        num_inputs = layer.in_channels * (math.prod(layer.kernel_size) if isinstance(layer, nn.Conv2d) else 1)
        nn.init.normal_(layer.weight, std=math.sqrt(2 / num_inputs))
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
