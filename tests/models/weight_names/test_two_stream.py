from collections.abc import Callable
from typing import Any

import pytest
import torch

from models.networks.two_stream import TwoStreamResNet
from models.registry import build_network
from models.weight_names.two_stream import options_of
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


@pytest.mark.parametrize("depth", [18, 50])
@pytest.mark.parametrize(("in_channels", "width"), [(3, 1.0), (20, 0.25), (20, 0.3)])
def test_options_are_read_off_the_shapes(depth: int, in_channels: int, width: float) -> None:
    name = f"two_stream_resnet{depth}"
    with torch.device("meta"):
        weights = build_network(name, num_classes=7, in_channels=in_channels, width=width).state_dict()
        again = build_network(name, **options_of(weights)).state_dict()
    assert {key: tensor.shape for key, tensor in again.items()} == {key: t.shape for key, t in weights.items()}


def test_weights_of_something_else_have_no_options() -> None:
    with pytest.raises(ValueError, match=r"two-stream ResNet have conv1_custom\.weight and fc_custom\.weight"):
        options_of({"fc.weight": torch.zeros(3, 3)})
