"""The network of the system `nuclei`: a U-Net that says of every pixel which nucleus it is of, and where borders are.

Source: Hollandi et al., "nucleAIzer", Cell Systems 10:453, 2020, finds nuclei by a Mask R-CNN and their borders by
U-Nets. Differences: from a few dozen pictures a Mask R-CNN learns too little, so both tasks share one U-Net, whose way
down is EfficientNet-Lite0 with what it learned of ImageNet, and nuclei are found as centres to which their pixels
point (Cheng et al., "Panoptic-DeepLab", CVPR 2020, arXiv:1911.10194; Neven et al., CVPR 2019, arXiv:1906.11109).
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.networks.convolution import conv_unit
from models.networks.joining import joined
from models.networks.rcnn.bodies import EfficientNetLite0Body

CENTRE, DOWN, RIGHT, NUCLEUS = range(4)
"""What is found at half the size: a nucleus's centre, the way there in `NORMAL_DIAMETER`s, any nucleus."""
GROUND, INSIDE, RIM = range(4, 7)
"""What is outlined at full size."""
NUM_MAPS = 7
NORMAL_DIAMETER = 24.0
"""Pixels of the median nucleus, as the network learned them."""
SIDE_MULTIPLE = 32
"""Of a picture's sides: the way down halves them five times."""
_RARE_CENTRES = -3.0
"""Bias with which centres begin: few pixels are one."""


class NucleiNet(nn.Module):
    """Says seven things of every pixel, in the order of the constants.

    Args:
        num_classes: With the background; there are nuclei only.
        pyramid_width: Channels on the way up.
        fine_width: Channels at full size.
    """

    def __init__(self, num_classes: int = 2, *, pyramid_width: int = 48, fine_width: int = 32) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.body = EfficientNetLite0Body(has_half=True)
        self.way_up = WayUp(self.body.map_channels, pyramid_width)
        self.finder = nn.Sequential(conv_unit(pyramid_width, pyramid_width), nn.Conv2d(pyramid_width, GROUND, 1))
        self.colours = conv_unit(3, fine_width // 2)
        self.outliner = nn.Sequential(
            conv_unit(pyramid_width + fine_width // 2, fine_width),
            conv_unit(fine_width, fine_width),
            nn.Conv2d(fine_width, NUM_MAPS - GROUND, 1),
        )
        last = self.finder[-1]
        nn.init.constant_(last.bias[CENTRE], _RARE_CENTRES)  # type: ignore[index]

    def forward(self, pictures: Tensor) -> Tensor:
        """Return maps of pictures.

        Args:
            pictures: (N, 3, H, W), RGB in [-1, 1]; H and W are multiples of `SIDE_MULTIPLE`.

        Returns:
            (N, 7, H, W): logits, but for the ways to centres.
        """
        size = pictures.shape[-2:]
        half = self.way_up(self.body(pictures))  # (N, 48, H/2, W/2)
        found = F.interpolate(self.finder(half), size=size, mode="bilinear")  # (N, 4, H, W)
        fine = joined([F.interpolate(half, size=size, mode="bilinear"), self.colours(pictures)])
        return torch.cat([found, self.outliner(fine)], 1)


class WayUp(nn.Module):
    """Adds each map, from the coarsest on, to the next finer one."""

    def __init__(self, map_channels: Sequence[int], width: int) -> None:
        super().__init__()
        self.sides = nn.ModuleList(nn.Conv2d(channels, width, 1) for channels in map_channels)
        self.mixing = nn.ModuleList(conv_unit(width, width) for _ in map_channels)

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        """Return maps (N, C, H, W), finest first, as one of the finest size, (N, width, H, W)."""
        levels = list(zip(maps, self.sides, self.mixing, strict=True))
        coarsest, side, mix = levels[-1]
        x: Tensor = mix(side(coarsest))
        for finer, side, mix in reversed(levels[:-1]):
            x = mix(side(finer) + F.interpolate(x, size=finer.shape[-2:]))
        return x
