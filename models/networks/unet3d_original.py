"""The original 3D U-Net: valid convolutions, so that every logit rests on true voxels only.

Source: Cicek et al., "3D U-Net: Learning Dense Volumetric Segmentation from Sparse Annotation", MICCAI 2016,
arXiv:1606.06650: channels are doubled before each pool, up-convolutions keep theirs and have no bias, and batches are
normalised by their own mean and variance, in use too. Each side loses 44 voxels; `models.segmentation.overlap_tile`
segments whole volumes. Two differences: a width multiplier; and each convolution's bias is added behind the
normalisation, where it is the shift that the paper learns apart, while the paper's scale is left to the next
convolution. So there are the 19,069,955 weights that the paper counts.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.networks.cropping import cropped_to
from models.networks.unet_levels import way_down
from models.networks.width import require_sizes, scaled_channels
from models.segmentation.tile_shape import TileShape

LEVELS = ((32, 64), (64, 128), (128, 256), (256, 512))
"""Channels after both convolutions of each level on the way down."""


class UNet3DOriginal(nn.Module):
    """Gives the voxels in the middle of a tile one logit a class.

    Args:
        num_classes: Number of logits a voxel.
        in_channels: Channels of a volume.
        batch_norm: Whether batches are normalised before each ReLU.
        width: Multiplies every layer's number of channels, rounded to a multiple of 8; 1 is the published network.
    """

    tile_shape = TileShape(margins=(44, 44, 44), multiples=(8, 8, 8), smallest_outputs=(4, 4, 4))
    """116 x 132 x 132 voxels give logits for the middle 28 x 44 x 44."""

    def __init__(
        self, num_classes: int = 3, in_channels: int = 3, *, batch_norm: bool = True, width: float = 1.0
    ) -> None:
        super().__init__()
        require_sizes(num_classes, in_channels, width)
        self.num_classes = num_classes
        self.in_channels = in_channels
        levels = [tuple(scaled_channels(channels, width) for channels in level) for level in LEVELS]
        outputs = [level[-1] for level in levels]
        self.down = nn.ModuleList(
            _double_conv((before, *level), batch_norm)
            for before, level in zip([in_channels, *outputs], levels, strict=False)
        )
        self.pool = nn.MaxPool3d(2)
        upward = list(zip(outputs[:0:-1], outputs[-2::-1], strict=True))
        self.up = nn.ModuleList(nn.ConvTranspose3d(deep, deep, 2, stride=2, bias=False) for deep, _ in upward)
        self.join = nn.ModuleList(_double_conv((deep + high, high, high), batch_norm) for deep, high in upward)
        self.out = nn.Conv3d(outputs[0], num_classes, 1)

    def forward(self, tiles: Tensor) -> Tensor:
        """Return the logits of the voxels that lie at least 44 from every side.

        Args:
            tiles: (N, in_channels, D, H, W), floating point; sides of the form 8 k + 4, at least 92.

        Returns:
            (N, num_classes, D - 88, H - 88, W - 88), float32.

        Raises:
            ValueError: a side has another length.
        """
        self.tile_shape.check_input(tuple(tiles.shape[2:]))
        skips = way_down(self.down, self.pool, tiles)
        x = skips.pop()
        for up, join in zip(self.up, self.join, strict=True):
            x = up(x)
            x = join(torch.cat([cropped_to(skips.pop(), x), x], dim=1))
        return self.out(x).float()  # type: ignore[no-any-return]


class NormalisedConv(nn.Conv3d):
    """A valid convolution, the normalisation of its output by the batch at hand, a shift, ReLU."""

    def __init__(self, in_channels: int, out_channels: int, *, batch_norm: bool) -> None:
        super().__init__(in_channels, out_channels, 3)
        self.batch_norm = batch_norm
        nn.init.kaiming_normal_(self.weight, nonlinearity="relu")
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    def forward(self, x: Tensor) -> Tensor:
        if not self.batch_norm:
            return super().forward(x).relu_()
        x = F.conv3d(x, self.weight)
        return F.batch_norm(x, None, None, bias=self.bias, training=True).relu_()


def _double_conv(channels: Sequence[int], batch_norm: bool) -> nn.Sequential:
    return nn.Sequential(*(NormalisedConv(*pair, batch_norm=batch_norm) for pair in pairwise(channels)))
