"""The options of a CNN+LSTM, read off its weights."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor


def options_of(weights: Mapping[str, Tensor]) -> dict[str, Any]:
    """Return the options of `build_network` that fit weights under our names.

    Raises:
        ValueError: these are not the weights of a CNN+LSTM.
    """
    classifier = weights.get("fc.weight")
    if classifier is None or classifier.ndim != 2 or "lstm.weight_ih_l0" not in weights:
        raise ValueError("the weights of a cnn_lstm have lstm.weight_ih_l0 and fc.weight")
    num_classes, hidden_size = classifier.shape
    return {"num_classes": num_classes, "hidden_size": hidden_size}
