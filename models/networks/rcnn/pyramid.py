"""Feature pyramid: maps of every fineness that all know what only the coarsest can see.

Source: Lin et al., "Feature Pyramid Networks for Object Detection", CVPR 2017, arXiv:1612.03144; names of the layers as
torchvision has them (github.com/pytorch/vision, BSD-3-Clause). One difference: volumes are as good as pictures.
"""

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional as F

from models.networks.rcnn.bodies import Body
from models.networks.rcnn.layers import CONVOLUTIONS


class FeaturePyramid(nn.Module):
    """Brings maps to one number of channels and lets the coarse ones flow into the fine ones.

    Args:
        map_channels: Of the maps that come in, finest first.
        out_channels: Of every map that goes out.
        num_axes: 2 for pictures, 3 for volumes.
    """

    def __init__(self, map_channels: Sequence[int], out_channels: int = 256, *, num_axes: int = 2) -> None:
        super().__init__()
        conv = CONVOLUTIONS[num_axes]
        self.inner_blocks = nn.ModuleList(nn.Sequential(conv(channels, out_channels, 1)) for channels in map_channels)
        self.layer_blocks = nn.ModuleList(
            nn.Sequential(conv(out_channels, out_channels, 3, padding=1)) for _ in map_channels
        )
        for layer in self.modules():
            if isinstance(layer, conv):
                nn.init.kaiming_uniform_(layer.weight, a=1)
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)

    def forward(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """Return the maps, finest first, and a last one that is every second place of the coarsest.

        Args:
            maps: (N, map_channels, H, W) or (N, map_channels, D, H, W), each half as fine as the one before.
        """
        inner = self.inner_blocks[-1](maps[-1])
        outputs = [self.layer_blocks[-1](inner)]
        for level in range(len(maps) - 2, -1, -1):
            lateral = self.inner_blocks[level](maps[level])
            inner = lateral + F.interpolate(inner, size=lateral.shape[2:], mode="nearest")
            outputs.insert(0, self.layer_blocks[level](inner))
        every_second = (slice(None, None, 2),) * (outputs[-1].ndim - 2)
        return [*outputs, outputs[-1][(slice(None), slice(None), *every_second)]]


class PyramidBackbone(nn.Module):
    """A body and the pyramid on top of it."""

    def __init__(self, body: Body, out_channels: int = 256, *, num_axes: int = 2) -> None:
        super().__init__()
        self.body = body
        self.fpn = FeaturePyramid(body.map_channels, out_channels, num_axes=num_axes)
        self.out_channels = out_channels

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Return the maps of a batch of pictures, finest first."""
        return self.fpn(self.body(pictures))  # type: ignore[no-any-return]


class SingleMapBackbone(nn.Module):
    """A body whose one map is used as it is."""

    def __init__(self, body: Body) -> None:
        super().__init__()
        self.body = body
        self.out_channels = body.map_channels[0]

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Return the one map of a batch of pictures."""
        return self.body(pictures)
