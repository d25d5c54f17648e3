"""The options of R(2+1)D-18, R3D-18 and MC3-18, read off their weights, whose names are torchvision's."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from models.networks.resnet3d import R2PLUS1D_STEM_CHANNELS, STAGE_CHANNELS
from models.weight_names.width import LayerSize, fitting_width

_SPLIT_STEM = "stem.3.weight"
"""Only a (2+1)D stem has a second convolution."""


def options_of(weights: Mapping[str, Tensor]) -> dict[str, Any]:
    """Return the options of `build_network` that fit weights under our names.

    Raises:
        ValueError: these are not the weights of a video ResNet.
    """
    classifier, stem = weights.get("fc.weight"), weights.get("stem.0.weight")
    if classifier is None or stem is None or classifier.ndim != 2 or stem.ndim != 5:
        raise ValueError("the weights of a video ResNet have stem.0.weight and fc.weight")
    return {"num_classes": classifier.shape[0], "width": _width_of(weights, stem, classifier)}


def _width_of(weights: Mapping[str, Tensor], stem: Tensor, classifier: Tensor) -> float:
    sizes = [LayerSize(STAGE_CHANNELS[-1], classifier.shape[1])]
    for stage, published in enumerate(STAGE_CHANNELS, start=1):
        norm = weights.get(f"layer{stage}.0.conv2.1.weight")
        if norm is not None and norm.ndim == 1:
            sizes.append(LayerSize(published, norm.shape[0]))
    if _SPLIT_STEM in weights:
        sizes.append(LayerSize(R2PLUS1D_STEM_CHANNELS, stem.shape[0], multiple_of=1))
    return fitting_width(sizes)
