"""The names under which the weights of the two-stream ResNets are published, and their options, read off the weights.

Source: github.com/jeffreyyihuang/two-stream-action-recognition (MIT): torchvision's names, but for the two ends.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from torch import Tensor

from models.networks.resnet import STAGE_CHANNELS
from models.weight_names.width import LayerSize, fitting_width

_ENDS = {"conv1_custom.": "conv1.", "fc_custom.": "fc."}


def is_jeffreyyihuang(weights: Iterable[str]) -> bool:
    return any(name.startswith(tuple(_ENDS)) for name in weights)


def from_jeffreyyihuang(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Rename `conv1_custom.weight` to `conv1.weight` and `fc_custom.bias` to `fc.bias`."""
    return {_our_name(name): tensor for name, tensor in weights.items()}


def options_of(weights: Mapping[str, Tensor]) -> dict[str, Any]:
    """Return the options of `build_network` that fit weights under our names.

    Raises:
        ValueError: these are not the weights of a ResNet.
    """
    classifier, stem = weights.get("fc.weight"), weights.get("conv1.weight")
    if classifier is None or stem is None or classifier.ndim != 2 or stem.ndim != 4:
        raise ValueError("the weights of a two-stream ResNet have conv1_custom.weight and fc_custom.weight")
    expansion = 4 if "layer1.0.conv3.weight" in weights else 1
    sizes = [LayerSize(STAGE_CHANNELS[0], stem.shape[0])]
    if classifier.shape[1] % expansion == 0:
        sizes.append(LayerSize(STAGE_CHANNELS[-1], classifier.shape[1] // expansion))
    return {"num_classes": classifier.shape[0], "in_channels": stem.shape[1], "width": fitting_width(sizes)}


def _our_name(name: str) -> str:
    for theirs, ours in _ENDS.items():
        if name.startswith(theirs):
            return ours + name.removeprefix(theirs)
    return name
