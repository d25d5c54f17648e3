"""EchoNet-Dynamic's checkpoints, whose names are torchvision's, with one output each."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

_LAST_LAYERS = ("fc.weight", "classifier.4.weight")
"""Of R(2+1)D-18 and of DeepLabV3."""


def options_of(weights: Mapping[str, Tensor]) -> dict[str, Any]:
    """Return the options of `build_network` that fit the weights.

    Raises:
        ValueError: the network has another number of outputs than one.
    """
    last = next((weights[name] for name in _LAST_LAYERS if name in weights), None)
    if last is None or last.shape[0] != 1:
        found = "no last layer" if last is None else f"{last.shape[0]} outputs"
        raise ValueError(f"EchoNet's networks have {' or '.join(_LAST_LAYERS)} with one output, found {found}")
    return {"num_classes": 1}
