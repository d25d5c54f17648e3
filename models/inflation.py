"""Makes a network over video of one over frames: each kernel is repeated N times in time and divided by N.

A video in which nothing moves then gives the answer that the network over frames gives for its one picture. For
`inflate`, which continues a video past its ends, that holds for every video, up to rounding. A published 3D network
(I3D, R3D) pads time with zeros; after `inflate_weights` it holds there wherever no padding reaches.

Source: Carreira & Zisserman, "Quo Vadis, Action Recognition?", CVPR 2017, arXiv:1705.07750, section 2.4.1.
"""

import copy
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from efficientnet_lite_pytorch.utils import Conv2dDynamicSamePadding
from torch import Tensor, nn

from models.networks.i3d import ValidAveragePool3d
from models.networks.inception_v1 import SamePaddedConv2d, SamePaddedMaxPool2d, ValidAveragePool2d
from models.networks.inflated import (
    InflatedConv,
    InflatedMaxPool,
    InflatedSameMaxPool,
    TimeShape,
    repeat_in_time,
)
from models.store.checkpoint import SHOWN_NAMES

TimeRule = Callable[[str, Any], TimeShape]
"""Says, by the name of a convolution or max pool and the layer itself, how it shall go along time."""


def as_in_space(name: str, layer: Any) -> TimeShape:
    """Give a layer the size and stride along time that it has along the height of a frame: N x N becomes N x N x N."""
    return TimeShape(_first(layer.kernel_size), _first(layer.stride))


def as_i3d(name: str, layer: Any) -> TimeShape:
    """Inflate Inception-v1 as its authors did: its first two max pools leave time alone, the rest is as in space."""
    return TimeShape(1, 1) if name in ("MaxPool2d_2a_3x3", "MaxPool2d_3a_3x3") else as_in_space(name, layer)


def inflate(network: nn.Module, time_of: TimeRule = as_in_space) -> nn.Module:
    """Return a copy of a network over frames, (N, C, H, W), that reads videos, (N, C, T, H, W).

    Its last pool averages over time as it does over space.

    Args:
        network: One of this project's networks over frames, or another whose `forward` never says how many axes
            there are; it is left as it was.
        time_of: How each convolution and each max pool goes along time.

    Raises:
        ValueError: the network has a layer over frames of which no layer over video is known; it is named.
    """
    inflated = copy.deepcopy(network)
    for name, layer in network.named_modules():
        make = next((_INFLATED[kind] for kind in type(layer).__mro__ if kind in _INFLATED), None)
        if make is not None:
            inflated.set_submodule(name, make(name, layer, time_of))
        elif re.search(r"2d$", type(layer).__name__, re.IGNORECASE) and not list(layer.children()):
            raise ValueError(f"{name} is a {type(layer).__name__}, and a layer over video is known of none such")
    return inflated


def inflate_weights(
    weights: Mapping[str, Tensor],
    network: nn.Module,
    *,
    name_in_2d: Callable[[str], str],
    fresh: Sequence[str] = (),
) -> None:
    """Start a 3D network from the weights of a 2D one; nothing is changed unless everything fits.

    Args:
        weights: Of the network over frames, under our names.
        network: The network over video, such as `i3d_rgb` or `r3d_18`.
        name_in_2d: Gives for a name in the 3D network the one in the 2D network: `inception_name` or `resnet_name`.
        fresh: Layers of the 3D network that keep the weights they have, such as a classifier of other classes.

    Raises:
        ValueError: weights are missing or of another shape; they are named.
    """
    inflated: dict[str, Tensor] = {}
    complaints = []
    for name, tensor in network.state_dict().items():
        if name.split(".")[0] in fresh or (name.endswith("num_batches_tracked") and name_in_2d(name) not in weights):
            continue
        source = weights.get(name_in_2d(name))
        made = source if source is None or source.ndim == tensor.ndim else repeat_in_time(source, tensor.shape[2])
        if made is None:
            complaints.append(f"{name} needs {name_in_2d(name)}, which is missing")
        elif made.shape != tensor.shape:
            complaints.append(f"{name} must be {tuple(tensor.shape)}, {name_in_2d(name)} gives {tuple(made.shape)}")
        else:
            inflated[name] = made
    if complaints:
        shown = "; ".join(complaints[:SHOWN_NAMES])
        raise ValueError(f"{len(complaints)} weights cannot be inflated into a {type(network).__name__}: {shown}")
    network.load_state_dict(inflated, strict=False)


def inception_name(name: str) -> str:
    """Return the name in `inception_v1` of a weight of I3D: `Conv3d_1a_7x7.bn.bias` to `Conv2d_1a_7x7.bn.bias`."""
    return name.replace("Conv3d_", "Conv2d_").replace(".conv3d.", ".conv2d.")


def resnet_name(name: str) -> str:
    """Return the name in `resnet18` of a weight of R3D-18 or MC3-18: `layer1.0.conv2.1.bias` to `layer1.0.bn2.bias`.

    The 3D networks have no max pool behind their stem: they give what a ResNet without one gives.
    """
    name = name.replace("stem.0.", "conv1.").replace("stem.1.", "bn1.")
    name = re.sub(r"\.conv(\d)\.0\.", r".conv\1.", name)
    return re.sub(r"\.conv(\d)\.1\.", r".bn\1.", name)


def _conv(name: str, layer: nn.Conv2d, time_of: TimeRule) -> nn.Module:
    return InflatedConv(layer, time_of(name, layer))


def _same_conv(name: str, layer: nn.Conv2d, time_of: TimeRule) -> nn.Module:
    return InflatedConv(layer, time_of(name, layer), is_same_padded=True)


def _max_pool(name: str, layer: nn.MaxPool2d, time_of: TimeRule) -> nn.Module:
    return InflatedMaxPool(layer, time_of(name, layer))


def _same_max_pool(name: str, layer: SamePaddedMaxPool2d, time_of: TimeRule) -> nn.Module:
    return InflatedSameMaxPool(layer.kernel_size, layer.stride, time_of(name, layer))


def _batch_norm(name: str, layer: nn.BatchNorm2d, time_of: TimeRule) -> nn.Module:
    norm = nn.BatchNorm3d(layer.num_features, layer.eps, layer.momentum, layer.affine, layer.track_running_stats)
    norm.load_state_dict(layer.state_dict())
    return norm.train(layer.training)


def _adaptive_average_pool(name: str, layer: nn.AdaptiveAvgPool2d, time_of: TimeRule) -> nn.Module:
    if layer.output_size not in (1, (1, 1)):
        raise ValueError(f"{name} must average over the whole frame to be inflated, got {layer}")
    return nn.AdaptiveAvgPool3d(1)


def _valid_average_pool(name: str, layer: ValidAveragePool2d, time_of: TimeRule) -> nn.Module:
    return ValidAveragePool3d((1, *layer.kernel_size))


_INFLATED: dict[type, Callable[[str, Any, TimeRule], nn.Module]] = {
    nn.AdaptiveAvgPool2d: _adaptive_average_pool,
    nn.BatchNorm2d: _batch_norm,
    nn.Conv2d: _conv,
    nn.MaxPool2d: _max_pool,
    Conv2dDynamicSamePadding: _same_conv,
    SamePaddedConv2d: _same_conv,
    SamePaddedMaxPool2d: _same_max_pool,
    ValidAveragePool2d: _valid_average_pool,
}
"""What each layer over frames becomes; of the kinds that a layer is, the most special one that stands here counts."""


def _first(size: int | Sequence[int]) -> int:
    return size if isinstance(size, int) else size[0]
