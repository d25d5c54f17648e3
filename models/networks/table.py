"""Every network by name: what `models.registry.build_network` builds."""

from collections.abc import Callable
from functools import partial

from torch import nn

from models.networks.cnn_lstm import CnnLstm
from models.networks.deeplabv3 import DeepLabV3
from models.networks.i3d import I3D
from models.networks.resnet import ResNet
from models.networks.resnet3d import VideoResNet

NETWORKS: dict[str, Callable[..., nn.Module]] = {
    "cnn_lstm": CnnLstm,
    "deeplabv3_resnet50": DeepLabV3,
    "i3d_flow": partial(I3D, in_channels=2),
    "i3d_rgb": I3D,
    "mc3_18": partial(VideoResNet, "mc3_18"),
    "r2plus1d_18": partial(VideoResNet, "r2plus1d_18"),
    "r3d_18": partial(VideoResNet, "r3d_18"),
    "resnet101": partial(ResNet, 101),
    "resnet18": partial(ResNet, 18),
    "resnet50": partial(ResNet, 50),
}
"""The options of a network are the arguments of what stands here."""
