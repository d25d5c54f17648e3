"""What looks at regions: heads for classes and boxes, and for masks.

Source: He et al., "Mask R-CNN", ICCV 2017, arXiv:1703.06870, figure 4; names of the layers as torchvision has them
(github.com/pytorch/vision, BSD-3-Clause). One difference: volumes are as good as pictures.
"""

from typing import cast

import torch
from torch import Tensor, nn

from models.networks.rcnn.layers import CONVOLUTIONS, UP_CONVOLUTIONS, conv_stack

MASK_HEAD_LAYERS = 4


class TwoLayerHead(nn.Module):
    """Two fully connected layers over a whole region."""

    def __init__(self, in_features: int, num_features: int) -> None:
        super().__init__()
        self.num_features = num_features
        self.fc6 = nn.Linear(in_features, num_features)
        self.fc7 = nn.Linear(num_features, num_features)

    def forward(self, regions: Tensor) -> Tensor:
        """Return (R, num_features) for regions (R, C, 7, 7)."""
        return torch.relu(self.fc7(torch.relu(self.fc6(regions.flatten(1)))))


class StageHead(nn.Module):
    """The last stage of a ResNet over each region: the head of the C4 networks."""

    def __init__(self, stage: nn.Module, num_features: int) -> None:
        super().__init__()
        self.layer4 = stage
        self.num_features = num_features

    def forward(self, regions: Tensor) -> Tensor:
        """Return (R, num_features) for regions (R, C, 14, 14)."""
        return self.maps(regions).mean((2, 3))

    def maps(self, regions: Tensor) -> Tensor:
        """Return (R, num_features, 7, 7) for regions (R, C, 14, 14)."""
        return cast(Tensor, self.layer4(regions))


class BoxPredictor(nn.Module):
    """Says which class a region shows, and for each class where its box should rather be."""

    def __init__(self, num_features: int, num_classes: int, *, num_axes: int = 2) -> None:
        super().__init__()
        self.cls_score = nn.Linear(num_features, num_classes)
        self.bbox_pred = nn.Linear(num_features, num_classes * 2 * num_axes)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (R, num_classes) and differences (R, num_classes x 2 d)."""
        return self.cls_score(features), self.bbox_pred(features)


def mask_head(channels: int, *, num_axes: int = 2) -> nn.Sequential:
    """Return four convolutions over a region."""
    layers = conv_stack(num_axes, (channels,) * (MASK_HEAD_LAYERS + 1))
    _start_for_relu(layers)
    return layers


class MaskPredictor(nn.Module):
    """Gives every region one mask a class, twice as fine as what it reads."""

    def __init__(self, in_channels: int, middle_channels: int, num_classes: int, *, num_axes: int = 2) -> None:
        super().__init__()
        self.conv5_mask = UP_CONVOLUTIONS[num_axes](in_channels, middle_channels, 2, 2)
        self.mask_fcn_logits = CONVOLUTIONS[num_axes](middle_channels, num_classes, 1)
        _start_for_relu(self)

    def forward(self, regions: Tensor) -> Tensor:
        """Return logits (R, num_classes, 28, 28) for regions (R, C, 14, 14)."""
        return cast(Tensor, self.mask_fcn_logits(torch.relu(self.conv5_mask(regions))))


def _start_for_relu(layers: nn.Module) -> None:
    for name, parameter in layers.named_parameters():
        if name.endswith("weight"):
            nn.init.kaiming_normal_(parameter, mode="fan_out", nonlinearity="relu")
        else:
            nn.init.zeros_(parameter)
