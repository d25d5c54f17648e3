from collections.abc import Callable
from typing import Any

import pytest
import torch

from models.networks.two_stream import TwoStreamResNet
from models.weights import load_reference


def published(weights: dict[str, Any]) -> dict[str, Any]:
    names = {"conv1.weight": "conv1_custom.weight", "fc.weight": "fc_custom.weight", "fc.bias": "fc_custom.bias"}
    return {names.get(name, name): tensor for name, tensor in weights.items()}


@pytest.mark.parametrize("prefix", ["", "module."])
def test_weights_land_where_they_belong(prefix: str, filled: Callable[[Any], Any]) -> None:
    expected = filled(TwoStreamResNet(18, 5, 20, width=0.125)).state_dict()
    network = TwoStreamResNet(18, 5, 20, width=0.125)
    saved = {f"{prefix}{name}": tensor for name, tensor in published(expected).items()}
    load_reference(network, {"epoch": 3, "arch": "resnet18", "state_dict": saved, "best_prec1": 79.4})
    for name, tensor in expected.items():
        assert torch.equal(network.state_dict()[name], tensor), name


def test_a_stream_of_other_channels_is_refused_by_name() -> None:
    spatial = published(TwoStreamResNet(18, 5, 3, width=0.125).state_dict())
    with pytest.raises(ValueError, match=r"conv1\.weight must be \(8, 20, 7, 7\), is \(8, 3, 7, 7\)"):
        load_reference(TwoStreamResNet(18, 5, 20, width=0.125), spatial)
