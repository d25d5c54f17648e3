"""CNNs that look at single frames and give features instead of classes: what recurrent networks remember."""

from collections.abc import Callable
from functools import partial
from typing import Protocol, cast

from torch import Tensor, nn

from models.networks.imagenet import trained_efficientnet_lite0
from models.networks.inception_v1 import InceptionV1
from models.networks.resnet import ResNetTrunk

EFFICIENTNET_LITE0_FEATURES = 1280


class FrameCnn(Protocol):
    """Looks at frames one by one."""

    num_features: int

    def __call__(self, frames: Tensor) -> Tensor:
        """Return (N, num_features), float32, for frames (N, C, H, W), in the range that the CNN was trained on."""
        ...


def build_frame_cnn(name: str) -> FrameCnn:
    """Make a CNN by its name: "efficientnet_lite0" (with ImageNet weights), "inception_v1" or "resnet18", "50", "101".

    Raises:
        ValueError: no such CNN is known.
    """
    if name not in _FRAME_CNNS:
        raise ValueError(f"the CNN that looks at frames must be one of {', '.join(_FRAME_CNNS)}, got {name!r}")
    return cast(FrameCnn, _FRAME_CNNS[name]())


class EfficientNetLite0Features(nn.Module):
    """EfficientNet-Lite0 up to its last average pool, with the weights trained on ImageNet that its package brings."""

    num_features = EFFICIENTNET_LITE0_FEATURES

    def __init__(self) -> None:
        super().__init__()
        self.backbone = trained_efficientnet_lite0()
        del self.backbone._fc

    def forward(self, frames: Tensor) -> Tensor:
        """Return (N, 1280) for frames (N, 3, H, W), (x - 127) / 128 of RGB in 0..255."""
        return self.backbone.extract_features(frames).float().mean((2, 3))  # type: ignore[no-any-return]


class InceptionFeatures(InceptionV1):
    """Inception-v1 up to its last average pool, with random weights."""

    def __init__(self) -> None:
        super().__init__()
        del self.logits, self.dropout

    def forward(self, frames: Tensor) -> Tensor:
        """Return (N, 1024) for frames (N, 3, H, W), RGB in [-1, 1]."""
        return self.pooled_features(frames).float()


class ResNetFeatures(ResNetTrunk):
    """A ResNet up to its last average pool, with random weights."""

    def forward(self, frames: Tensor) -> Tensor:
        """Return (N, 512), or 2048 for ResNet-50 and -101, for frames (N, 3, H, W), normalised as ImageNet's."""
        return super().forward(frames).float().mean((2, 3))


_FRAME_CNNS: dict[str, Callable[[], nn.Module]] = {
    "efficientnet_lite0": EfficientNetLite0Features,
    "inception_v1": InceptionFeatures,
    "resnet18": partial(ResNetFeatures, 18),
    "resnet50": partial(ResNetFeatures, 50),
    "resnet101": partial(ResNetFeatures, 101),
}
