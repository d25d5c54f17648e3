"""A small network for frames of ultrasound: where the left ventricle is, and which view of the heart this is.

A narrow U-Net (Ronneberger et al. 2015, arXiv:1505.04597) that works at half of the frame's size, with a second head
on its innermost layer. What differs: same-size convolutions, batch norm, bilinear upsampling, the second head, and that
a frame may come with its neighbours: speckle of blood is never the same twice, that of a wall moves with it.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.networks.width import scaled_channels

CHANNELS = (16, 32, 64, 96)


class EchoFrameNet(nn.Module):
    """Says for each pixel whether it is left ventricle, and for each frame which view it is.

    Args:
        num_classes: Number of views.
        in_channels: Number of frames seen at once: the one that is asked about, alone (1) or between two others (3).
        width: Multiplies every layer's number of channels, rounded to a multiple of 8.
    """

    def __init__(self, num_classes: int, *, in_channels: int = 1, width: float = 1.0) -> None:
        super().__init__()
        if num_classes < 2:
            raise ValueError(f"num_classes must be at least 2 views, got {num_classes}")
        if in_channels not in (1, 3):
            raise ValueError(f"in_channels must be 1, a frame alone, or 3, with its neighbours; got {in_channels}")
        self.num_classes = num_classes
        first, *deeper = channels = [scaled_channels(published, width) for published in CHANNELS]
        self.stem = nn.Sequential(
            nn.Conv2d(in_channels, first, kernel_size=5, stride=2, padding=2, bias=False),
            nn.BatchNorm2d(first),
            nn.ReLU(inplace=True),
            _Block(first, first),
        )
        self.down = nn.ModuleList(_Block(a, b) for a, b in zip(channels, deeper, strict=False))
        self.up = nn.ModuleList(_Block(a + b, a) for a, b in zip(channels[-2::-1], channels[:0:-1], strict=True))
        self.mask = nn.Conv2d(first, 1, kernel_size=1)
        self.view = nn.Sequential(nn.Linear(2 * channels[-1], 64), nn.ReLU(inplace=True), nn.Linear(64, num_classes))

    def forward(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits of the mask and of the view.

        Args:
            frames: (N, in_channels, H, W), floating point, grey in [-1, 1]; H and W multiples of 16.

        Returns:
            (N, 1, H, W) and (N, num_classes), float32.
        """
        x = self.stem(frames)  # (N, 16, H/2, W/2)
        kept = []
        for block in self.down:
            kept.append(x)
            x = block(F.max_pool2d(x, 2))  # (N, 96, H/16, W/16) at last
        views = self.view(torch.cat((x.mean((2, 3)), x.amax((2, 3))), 1))
        for block, skip in zip(self.up, reversed(kept), strict=True):
            x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
            x = block(torch.cat((skip, x), 1))  # (N, 16, H/2, W/2) at last
        mask = F.interpolate(self.mask(x).float(), size=frames.shape[-2:], mode="bilinear", align_corners=False)
        return mask, views.float()


class _Block(nn.Sequential):
    """Two convolutions that keep the size."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__(
            nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(out_channels, out_channels, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
        )
