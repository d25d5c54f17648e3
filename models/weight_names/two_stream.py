"""The names under which the weights of the two-stream ResNets are published, and their options, read off the weights.

Source: github.com/jeffreyyihuang/two-stream-action-recognition (MIT): torchvision's names, but for the two ends.
"""

from collections.abc import Iterable, Mapping

from torch import Tensor

_ENDS = {"conv1_custom.": "conv1.", "fc_custom.": "fc."}


def is_jeffreyyihuang(weights: Iterable[str]) -> bool:
    return any(name.startswith(tuple(_ENDS)) for name in weights)


def from_jeffreyyihuang(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Rename `conv1_custom.weight` to `conv1.weight` and `fc_custom.bias` to `fc.bias`."""
    return {_our_name(name): tensor for name, tensor in weights.items()}


def _our_name(name: str) -> str:
    for theirs, ours in _ENDS.items():
        if name.startswith(theirs):
            return ours + name.removeprefix(theirs)
    return name
