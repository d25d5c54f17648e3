"""EfficientNet-Lite0 inflated into time, from the weights trained on ImageNet that its package brings.

Source: the network is EfficientNet-Lite0 (Tan & Le, arXiv:1905.11946; Apache-2.0), the inflation that of Carreira &
Zisserman, arXiv:1705.07750. Which layers go along time, and how fast, is ours: a fast network that starts from
pictures, no published one.
"""

from typing import Any

from efficientnet_lite_pytorch.utils import Conv2dDynamicSamePadding
from torch import Tensor, nn

from models.inflation import inflate
from models.networks.frame_features import EFFICIENTNET_LITE0_FEATURES, EfficientNetLite0Features
from models.networks.inflated import TimeShape

TIME_KERNEL_SIZE = 3
STEPS_IN_TIME = ("_conv_stem", "_blocks.5._depthwise_conv", "_blocks.11._depthwise_conv")
"""Layers that halve the number of slices: three, so that eight frames become one, as in I3D."""


class EfficientNetLite3D(nn.Module):
    """Scores the action in a clip.

    Args:
        num_classes: Number of logits.
        dropout: Share of the pooled features dropped in training.
    """

    def __init__(self, num_classes: int = 400, *, dropout: float = 0.2) -> None:
        super().__init__()
        if num_classes < 1:
            raise ValueError(f"num_classes must be at least 1, got {num_classes}")
        self.num_classes = num_classes
        self.backbone = inflate(EfficientNetLite0Features().backbone, _time_of)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(EFFICIENTNET_LITE0_FEATURES, num_classes)

    def forward(self, clips: Tensor) -> Tensor:
        """Return one row of logits a clip.

        Args:
            clips: (N, 3, T, H, W), (x - 127) / 128 of RGB in 0..255; any T, H and W.

        Returns:
            (N, num_classes), float32.
        """
        return self.fc(self.dropout(self.pooled_features(clips))).float()  # type: ignore[no-any-return]

    def pooled_features(self, clips: Tensor) -> Tensor:
        """Return the features of each clip, averaged over its slices and places, (N, 1280)."""
        return self.features(clips).mean((2, 3, 4))

    def features(self, clips: Tensor) -> Tensor:
        """Return the last feature map, (N, 1280, ceil(T / 8), ceil(H / 32), ceil(W / 32))."""
        net: Any = self.backbone
        x = net._swish(net._bn0(net._conv_stem(clips)))  # (N, 32, T/2, H/2, W/2)
        for block in net._blocks:  # no block is dropped at random: the package does that for frames only
            x = block(x)  # (N, 320, T/8, H/32, W/32) after the last
        return net._swish(net._bn1(net._conv_head(x)))  # type: ignore[no-any-return]  # (N, 1280, T/8, H/32, W/32)


def _time_of(name: str, layer: Any) -> TimeShape:
    """Only the stem and the depthwise convolutions, which cost little, look along time."""
    looks_around = isinstance(layer, Conv2dDynamicSamePadding) and layer.kernel_size[0] > 1
    return TimeShape(TIME_KERNEL_SIZE if looks_around else 1, 2 if name in STEPS_IN_TIME else 1)
