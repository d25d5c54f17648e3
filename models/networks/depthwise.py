"""Depthwise convolutions that learn on a CPU as fast as they look.

Under bf16 the gradient of a depthwise convolution takes oneDNN (in torch 2.13) three to six times as long as in fp32,
fifty times as long as the convolution itself: half of a step of the network for nuclei. What has weights to learn is
therefore computed in fp32 here, gradient and all; what only looks keeps the precision that it is asked in.
"""

import torch
from efficientnet_lite_pytorch.utils import Conv2dDynamicSamePadding
from torch import Tensor, nn


class DepthwiseConv2d(Conv2dDynamicSamePadding):  # type: ignore[misc]
    """The depthwise convolution of EfficientNet-Lite0, each channel by itself, padded as TensorFlow's SAME.

    Args:
        layer: whose weights it takes over.
    """

    def __init__(self, layer: nn.Conv2d) -> None:
        super().__init__(
            layer.in_channels, layer.out_channels, layer.kernel_size, layer.stride, groups=layer.groups, bias=False
        )
        self.weight = layer.weight

    def forward(self, x: Tensor) -> Tensor:
        """Return the convolution of (N, C, H, W), of its dtype."""
        if not self._learns_in_bf16(x):
            return super().forward(x)  # type: ignore[no-any-return]
        with torch.autocast(x.device.type, enabled=False):
            return super().forward(x.float()).to(x.dtype)  # type: ignore[no-any-return]

    def _learns_in_bf16(self, x: Tensor) -> bool:
        has_gradient = torch.is_grad_enabled() and (x.requires_grad or self.weight.requires_grad)
        return has_gradient and x.device.type == "cpu" and x.dtype == torch.bfloat16
