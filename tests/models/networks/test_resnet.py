from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from models.networks.resnet import ResNet, ResNetTrunk
from models.registry import build_network


@pytest.mark.parametrize(
    ("depth", "size"),
    [
        (18, "1x3x224x224"),
        (18, "2x3x97x130"),
        (50, "2x3x97x130"),
        pytest.param(50, "1x3x224x224", marks=pytest.mark.slow),
    ],
)
def test_every_layer_equals_the_public_implementation(
    depth: int, size: str, assert_equals_reference: Callable[[nn.Module, str, str], None]
) -> None:
    assert_equals_reference(build_network(f"resnet{depth}"), f"tv_resnet{depth}", f"resnet{depth}_{size}")


@pytest.mark.parametrize("depth", [18, 50])
def test_layers_bear_their_published_names(depth: int, published_shapes: Callable[[str], dict[str, list[int]]]) -> None:
    with torch.device("meta"):
        network = ResNet(depth)
    shapes = {name: list(tensor.shape) for name, tensor in network.state_dict().items()}
    assert shapes == published_shapes(f"tv_resnet{depth}")


@pytest.mark.parametrize(("depth", "num_parameters"), [(18, 11_689_512), (50, 25_557_032), (101, 44_549_160)])
def test_parameters_are_as_many_as_published(depth: int, num_parameters: int) -> None:
    with torch.device("meta"):
        network = build_network(f"resnet{depth}")
    assert sum(parameter.numel() for parameter in network.parameters()) == num_parameters


@pytest.mark.parametrize("depth", [18, 50])
@pytest.mark.parametrize(("output_stride", "rows", "columns"), [(32, 3, 2), (16, 6, 4), (8, 12, 7)])
def test_output_stride_keeps_places_that_steps_would_skip(
    depth: int, output_stride: int, rows: int, columns: int
) -> None:
    trunk = ResNetTrunk(depth, width=0.125, output_stride=output_stride).eval()
    with torch.inference_mode():
        assert trunk(torch.rand(1, 3, 93, 50)).shape == (1, trunk.num_features, rows, columns)


@pytest.mark.parametrize("depth", [18, 50])
def test_spread_convolutions_see_what_stepping_ones_see(depth: int) -> None:
    """The places that a stepping network keeps are found again, every fourth, in the one that does not step."""
    stepping, spread = (ResNetTrunk(depth, width=0.125, output_stride=stride).double().eval() for stride in (32, 8))
    spread.load_state_dict(stepping.state_dict())
    frames = torch.rand(1, 3, 256, 256, dtype=torch.float64)
    with torch.inference_mode():
        torch.testing.assert_close(spread(frames)[..., ::4, ::4], stepping(frames))


def test_pooled_features_are_what_the_classifier_reads() -> None:
    network = ResNet(18, 5, 4, width=0.125).eval()
    frames = torch.rand(3, 4, 40, 33)
    with torch.inference_mode():
        features = network.pooled_features(frames)
        torch.testing.assert_close(network.fc(features), network(frames))
    assert features.shape == (3, network.num_features) == (3, 64)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"num_classes": 0}, "num_classes must be at least 1, got 0"),
        ({"in_channels": 0}, "in_channels must be at least 1, got 0"),
        ({"width": 5.0}, r"width must lie above 0 and be at most 4, got 5\.0"),
    ],
)
def test_options_that_make_no_network_are_refused(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        build_network("resnet18", **options)


def test_depths_and_strides_that_nobody_published_are_refused() -> None:
    with pytest.raises(ValueError, match="depth must be one of 18, 50, 101, got 34"):
        ResNetTrunk(34)
    with pytest.raises(ValueError, match="output_stride must be one of 32, 16, 8, got 4"):
        ResNetTrunk(18, output_stride=4)
