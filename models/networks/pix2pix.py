"""Two networks that learn from each other to paint pictures on drawings of what they show.

Source: Isola et al., "Image-to-Image Translation with Conditional Adversarial Networks", CVPR 2017, arXiv:1611.07004: a
U-Net paints, a network that sees patches tells paintings from pictures. Differences: both are small, and a channel of
noise takes the place of dropout.
"""

import torch
from torch import Tensor, nn

from models.networks.unet2d import UNet2D


class Painter(nn.Module):
    """Paints pictures.

    Args:
        in_channels: Of a drawing, noise among them.
        width: Of the U-Net's channels, 1 are the published ones.
    """

    def __init__(self, in_channels: int, *, width: float = 0.25) -> None:
        super().__init__()
        self.unet = UNet2D(3, in_channels, width=width)

    def forward(self, drawings: Tensor) -> Tensor:
        """Return paintings of drawings (N, C, H, W): (N, 3, H, W), in [-1, 1]."""
        return torch.tanh(self.unet(drawings))


class Critic(nn.Module):
    """Says of each patch of a picture whether it looks like a real one beside its drawing.

    Args:
        in_channels: Of drawing and picture together.
        width: Channels of the first layer.
    """

    def __init__(self, in_channels: int, *, width: int = 32) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(in_channels, width, 4, 2, 1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(width, 2 * width, 4, 2, 1, bias=False),
            nn.BatchNorm2d(2 * width),
            nn.LeakyReLU(0.2),
            nn.Conv2d(2 * width, 1, 4, 1, 1),
        )

    def forward(self, drawings: Tensor, pictures: Tensor) -> Tensor:
        """Return logits of patches, (N, 1, H/4 - 1, W/4 - 1)."""
        found: Tensor = self.layers(torch.cat([drawings, pictures], 1))
        return found
