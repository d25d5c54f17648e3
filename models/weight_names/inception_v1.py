"""The names under which TensorFlow's slim publishes the weights of Inception-v1, as a dictionary of variables.

Source: github.com/tensorflow/models, slim (Apache-2.0): the layers of I3D's TensorFlow checkpoints with "2d" for "3d".
"""

import re
from collections.abc import Iterable, Mapping

import torch
from torch import Tensor

_BRANCHES = {
    "Branch_0/Conv2d_0a_1x1": "b0",
    "Branch_1/Conv2d_0a_1x1": "b1a",
    "Branch_1/Conv2d_0b_3x3": "b1b",
    "Branch_2/Conv2d_0a_1x1": "b2a",
    "Branch_2/Conv2d_0b_3x3": "b2b",
    "Branch_2/Conv2d_0a_3x3": "b2b",  # a slip in the published Mixed_5b
    "Branch_3/Conv2d_0b_1x1": "b3b",
}
_VARIABLES = {
    "weights": "conv2d.weight",
    "biases": "conv2d.bias",
    "BatchNorm/beta": "bn.bias",
    "BatchNorm/moving_mean": "bn.running_mean",
    "BatchNorm/moving_variance": "bn.running_var",
}


def is_slim(weights: Iterable[str]) -> bool:
    return any(name.removesuffix(":0").endswith("Conv2d_1a_7x7/weights") for name in weights)


def from_slim(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Rename `InceptionV1/Mixed_3b/Branch_1/Conv2d_0a_1x1/weights` to `Mixed_3b.b1a.conv2d.weight`, and so on.

    Kernels are turned from (H, W, in, out) to (out, in, H, W). The checkpoints have no batch norm scale: it is 1.
    """
    ours: dict[str, Tensor] = {}
    for path, tensor in weights.items():
        name = _our_name(path)
        ours[name] = tensor.permute(3, 2, 0, 1).contiguous() if tensor.ndim == 4 else tensor
        if name.endswith("bn.bias"):
            ours[name.replace("bn.bias", "bn.weight")] = torch.ones_like(tensor)
    return ours


def _our_name(path: str) -> str:
    path = re.sub(r"^(InceptionV1/)+", "", path.removesuffix(":0")).replace("Logits/Conv2d_0c_1x1", "logits")
    layer, variable = next(
        ((path.removesuffix(f"/{theirs}"), ours) for theirs, ours in _VARIABLES.items() if path.endswith(f"/{theirs}")),
        (path, ""),
    )
    unit, _, branch = layer.partition("/")
    return ".".join(part for part in (unit, _BRANCHES.get(branch, branch), variable) if part)
