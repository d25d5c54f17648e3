from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from models.registry import build_network
from models.weights import load_reference, rename_to_ours

Shapes = Callable[[str], dict[str, list[int]]]


def test_the_temporal_stream_equals_the_public_implementation(
    assert_equals_reference: Callable[[nn.Module, str, str], None],
) -> None:
    network = build_network("two_stream_resnet18", in_channels=20)
    assert_equals_reference(network, "plain_twostream_resnet18_flow20", "twostream_resnet18_flow20_1x20x224x224")


@pytest.mark.parametrize(("depth", "num_parameters"), [(18, 11_281_637), (101, 42_760_421)])
def test_layers_bear_their_published_names(depth: int, num_parameters: int, published_shapes: Shapes) -> None:
    published = published_shapes(f"plain_twostream_resnet{depth}_flow20")
    with torch.device("meta"):
        network = build_network(f"two_stream_resnet{depth}", in_channels=20)
        renamed = rename_to_ours({name: torch.zeros(shape) for name, shape in published.items()})
    found = {name: tensor.shape for name, tensor in network.state_dict().items()}
    assert found == {name: tensor.shape for name, tensor in renamed.items()}
    assert sum(parameter.numel() for parameter in network.parameters()) == num_parameters


def test_a_spatial_stream_takes_the_weights_of_a_plain_resnet(filled: Callable[[Any], Any]) -> None:
    plain = filled(build_network("resnet18", num_classes=7, width=0.125))
    stream = build_network("two_stream_resnet18", num_classes=7, width=0.125).eval()
    load_reference(stream, plain.state_dict())
    for size in ((224, 224), (97, 130)):
        frames = torch.rand(2, 3, *size)
        with torch.inference_mode():
            torch.testing.assert_close(stream(frames), plain(frames))


def test_larger_frames_are_pooled_as_published_over_their_first_window(filled: Callable[[Any], Any]) -> None:
    stream = filled(build_network("two_stream_resnet18", num_classes=7, width=0.125))
    frames = torch.rand(1, 3, 256, 340)
    published = nn.AvgPool2d(7)
    with torch.inference_mode():
        grid = stream.layer4(stream.middle_features(frames))
        torch.testing.assert_close(stream(frames), stream.fc(published(grid).flatten(1)))
