"""DeepLabV3 over ResNet-50: a class for every pixel, with the layer names of torchvision's weights.

Source: Chen et al., "Rethinking Atrous Convolution for Semantic Image Segmentation", arXiv:1706.05587; names, dilation
rates at output stride 8 and heads as torchvision has them (github.com/pytorch/vision, BSD-3-Clause). EchoNet-Dynamic
(Nature 580:252, 2020) outlines the left ventricle with it, with one output channel and no auxiliary head. Two
differences: any number of input channels, and a width multiplier.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.networks.resnet import ResNetTrunk
from models.networks.width import scaled_channels

DILATION_RATES = (12, 24, 36)
HEAD_CHANNELS = 256


class DeepLabV3(nn.Module):
    """Gives every pixel one logit a class.

    In training a batch needs at least two frames: the head normalises features pooled over a whole frame.

    Args:
        num_classes: Number of logits a pixel; 21 are those of Pascal VOC, 1 is a mask.
        in_channels: Channels of a frame.
        aux_loss: Whether there is a second head, on the stage before the last, that only training reads.
        depth: Of the ResNet underneath; 50 is the published one.
        width: Multiplies every layer's number of channels, rounded to a multiple of 8; 1 is the published network.
    """

    def __init__(
        self,
        num_classes: int = 21,
        in_channels: int = 3,
        *,
        aux_loss: bool = False,
        depth: int = 50,
        width: float = 1.0,
    ) -> None:
        super().__init__()
        if num_classes < 1:
            raise ValueError(f"num_classes must be at least 1, got {num_classes}")
        self.num_classes = num_classes
        self.in_channels = in_channels
        channels = scaled_channels(HEAD_CHANNELS, width)
        self.backbone = ResNetTrunk(depth, in_channels, width=width, output_stride=8)
        self.classifier = nn.Sequential(
            AtrousPyramid(self.backbone.num_features, channels),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, num_classes, 1),
        )
        self.aux_classifier = _auxiliary_head(self.backbone.num_middle_features, num_classes) if aux_loss else None

    def forward(self, frames: Tensor) -> Tensor:
        """Return the logits of every pixel.

        Args:
            frames: (N, in_channels, H, W), floating point, normalised as the weights were trained; any H and W.

        Returns:
            (N, num_classes, H, W), float32.
        """
        return _spread(self.classifier(self.backbone(frames)), frames)

    def with_auxiliary(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logits of the main and of the auxiliary head, both as `forward`.

        Raises:
            ValueError: the network was made without an auxiliary head.
        """
        if self.aux_classifier is None:
            raise ValueError("this DeepLabV3 was made without an auxiliary head; make it with aux_loss=True")
        middle = self.backbone.middle_features(frames)
        main = self.classifier(self.backbone.layer4(middle))
        return _spread(main, frames), _spread(self.aux_classifier(middle), frames)


class AtrousPyramid(nn.Module):
    """Looks at each place with five fields of view, one point to the whole frame (ASPP)."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        point = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, bias=False), *_norm(out_channels))
        spread = (SpreadConv(in_channels, out_channels, rate) for rate in DILATION_RATES)
        self.convs = nn.ModuleList([point, *spread, WholeFrame(in_channels, out_channels)])
        self.project = nn.Sequential(
            nn.Conv2d(len(self.convs) * out_channels, out_channels, 1, bias=False),
            *_norm(out_channels),
            nn.Dropout(0.5),
        )

    def forward(self, x: Tensor) -> Tensor:
        views = torch.cat([view(x) for view in self.convs], dim=1)  # (N, 5 x 256, H/8, W/8)
        return self.project(views)  # type: ignore[no-any-return]  # (N, 256, H/8, W/8)


class SpreadConv(nn.Sequential):
    """A 3x3 convolution whose taps lie `rate` places apart."""

    def __init__(self, in_channels: int, out_channels: int, rate: int) -> None:
        convolution = nn.Conv2d(in_channels, out_channels, 3, padding=rate, dilation=rate, bias=False)
        super().__init__(convolution, *_norm(out_channels))


class WholeFrame(nn.Sequential):
    """The mean over the whole frame, given to every place of it."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        convolution = nn.Conv2d(in_channels, out_channels, 1, bias=False)
        super().__init__(nn.AdaptiveAvgPool2d(1), convolution, *_norm(out_channels))

    def forward(self, x: Tensor) -> Tensor:
        size = x.shape[2:]
        for layer in self:
            x = layer(x)
        return x.expand(-1, -1, *size)  # a bilinear interpolation of one place


def _norm(channels: int) -> tuple[nn.Module, nn.Module]:
    return nn.BatchNorm2d(channels), nn.ReLU(inplace=True)


def _auxiliary_head(in_channels: int, num_classes: int) -> nn.Sequential:
    between = in_channels // 4
    return nn.Sequential(
        nn.Conv2d(in_channels, between, 3, padding=1, bias=False),
        *_norm(between),
        nn.Dropout(0.1),
        nn.Conv2d(between, num_classes, 1),
    )


def _spread(logits: Tensor, frames: Tensor) -> Tensor:
    """Scale logits up to the size of the frames, or of the video where the network was inflated."""
    mode = "bilinear" if frames.ndim == 4 else "trilinear"
    return F.interpolate(logits.float(), size=frames.shape[2:], mode=mode, align_corners=False)
