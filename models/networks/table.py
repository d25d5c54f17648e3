"""Every network by name: the part of `models.registry` that needs PyTorch."""

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

from torch import nn

from models.networks.cnn_lstm import CnnLstm
from models.networks.cnn_rnn import CnnRnn
from models.networks.convnet_lstm import ConvNetLstm
from models.networks.deeplabv3 import DeepLabV3
from models.networks.echo_frames import EchoFrameNet
from models.networks.efficientnet_lite3d import EfficientNetLite3D
from models.networks.falls import FallNet
from models.networks.fused_3d import Fused3D
from models.networks.i3d import I3D
from models.networks.i3d_two_stream import TwoStreamI3D
from models.networks.inception_v1 import InceptionV1
from models.networks.mobility import MobilityNet
from models.networks.nodules import NoduleNet
from models.networks.nuclei import NucleiNet
from models.networks.pfn_views import PfnViews
from models.networks.rcnn.building import RCNN_BACKBONES, build_rcnn
from models.networks.rcnn.volumes import build_volume_rcnn
from models.networks.resnet import ResNet
from models.networks.resnet3d import VideoResNet
from models.networks.surgical_phase import SurgicalPhaseNet
from models.networks.two_stream import TwoStreamResNet
from models.networks.unet2d import UNet2D
from models.networks.unet2d_nucleaizer import NucleaizerUNet
from models.networks.unet2d_original import UNet2DOriginal
from models.networks.unet3d import UNet3D
from models.networks.unet3d_original import UNet3DOriginal


def build_network(name: str, **options: Any) -> nn.Module:
    """Make a network as `models.registry.build_network` says.

    Raises:
        ValueError: no network has this name, or it has no such option.
    """
    builder = NETWORKS.get(name)
    if builder is None:
        raise ValueError(f"no network is called {name!r}; known are {', '.join(sorted(NETWORKS))}")
    known = inspect.signature(builder).parameters
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise ValueError(f"network {name} has no option {', '.join(unknown)}; it has {', '.join(known)}")
    return builder(**options)


_RCNNS: dict[str, Callable[..., nn.Module]] = {
    f"{form}_{backbone}": partial(build_rcnn, backbone, form == "maskrcnn", **options)
    for form in ("fasterrcnn", "maskrcnn")
    for backbone, options in RCNN_BACKBONES.items()
}

NETWORKS: dict[str, Callable[..., nn.Module]] = {
    "cnn_lstm": CnnLstm,
    "cnn_rnn": CnnRnn,
    "convnet_lstm": ConvNetLstm,
    "deeplabv3_resnet50": DeepLabV3,
    "echo_ef": partial(VideoResNet, "r2plus1d_18", num_classes=1),
    "echo_frames": EchoFrameNet,
    "echonet_ef": partial(VideoResNet, "r2plus1d_18", num_classes=1),
    "echonet_masks": partial(DeepLabV3, num_classes=1),
    "efficientnet_lite0_3d": EfficientNetLite3D,
    "fall_cnn_lstm": FallNet,
    "fasterrcnn3d_resnet18_fpn": partial(build_volume_rcnn, False),
    "fused_3d": Fused3D,
    "i3d_flow": partial(I3D, in_channels=2),
    "i3d_rgb": I3D,
    "i3d_two_stream": TwoStreamI3D,
    "inception_v1": InceptionV1,
    "maskrcnn3d_resnet18_fpn": partial(build_volume_rcnn, True),
    "mc3_18": partial(VideoResNet, "mc3_18"),
    "mobility": MobilityNet,
    "nodule_mask": partial(build_rcnn, "resnet18_fpn", True, **RCNN_BACKBONES["resnet18_fpn"]),
    "nodules": NoduleNet,
    "nuclei": NucleiNet,
    "pet_lesion": partial(UNet3D, num_classes=1),
    "pfn_views": PfnViews,
    "r2plus1d_18": partial(VideoResNet, "r2plus1d_18"),
    "r3d_18": partial(VideoResNet, "r3d_18"),
    "resnet101": partial(ResNet, 101),
    "resnet18": partial(ResNet, 18),
    "resnet50": partial(ResNet, 50),
    "two_stream_resnet101": partial(TwoStreamResNet, 101),
    "two_stream_resnet18": partial(TwoStreamResNet, 18),
    "two_stream_resnet50": partial(TwoStreamResNet, 50),
    "surgical_phase": SurgicalPhaseNet,
    "unet2d": UNet2D,
    "unet2d_nucleaizer": NucleaizerUNet,
    "unet2d_original": UNet2DOriginal,
    "unet3d": UNet3D,
    "unet3d_original": UNet3DOriginal,
    **_RCNNS,
}
"""The options of a network are the arguments of what stands here."""
