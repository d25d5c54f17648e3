from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from models.cross_modality import cross_modality, start_from_rgb
from models.registry import build_network

Fill = Callable[[nn.Module], Any]


def test_every_channel_gets_the_mean_over_the_colours() -> None:
    kernel = torch.rand(4, 3, 7, 7)
    found = cross_modality(kernel, 20)
    assert found.shape == (4, 20, 7, 7)
    for channel in range(20):
        torch.testing.assert_close(found[:, channel], kernel.mean(1))


def test_flow_that_is_grey_in_every_channel_is_answered_as_a_grey_picture_so_much_brighter(filled: Fill) -> None:
    rgb = filled(build_network("two_stream_resnet18", num_classes=5, width=0.125))
    flow = build_network("two_stream_resnet18", num_classes=9, in_channels=6, width=0.125).eval()
    start_from_rgb(flow, rgb.state_dict(), first="conv1", classifier="fc")
    grey = torch.rand(1, 1, 64, 64)
    with torch.inference_mode():
        seen = rgb.pooled_features((2 * grey).expand(-1, 3, -1, -1))  # six channels weigh twice as much as three
        torch.testing.assert_close(flow.pooled_features(grey.expand(-1, 6, -1, -1)), seen)  # type: ignore[operator]


def test_published_names_are_taken_and_the_classifier_stays(filled: Fill) -> None:
    rgb = filled(build_network("two_stream_resnet18", num_classes=5, width=0.125)).state_dict()
    published = {name.replace("fc.", "fc_custom."): tensor for name, tensor in rgb.items()}
    published["conv1_custom.weight"] = published.pop("conv1.weight")
    flow = build_network("two_stream_resnet18", num_classes=9, in_channels=20, width=0.125)
    own = flow.state_dict()["fc.weight"].clone()
    start_from_rgb(flow, published, first="conv1", classifier="fc")
    assert torch.equal(flow.state_dict()["fc.weight"], own)
    assert torch.equal(flow.state_dict()["layer4.1.bn2.bias"], rgb["layer4.1.bn2.bias"])


def test_weights_of_another_network_are_named() -> None:
    flow = build_network("two_stream_resnet18", in_channels=20, width=0.125)
    with pytest.raises(ValueError, match=r"first layer of both networks must be conv1, but conv1\.weight is missing"):
        start_from_rgb(flow, {"stem.weight": torch.zeros(1, 3, 1, 1)}, first="conv1", classifier="fc")
    deeper = build_network("two_stream_resnet50", width=0.125).state_dict()
    with pytest.raises(ValueError, match=r"not those of this TwoStreamResNet; .* unexpected: layer1\.0\.conv3"):
        start_from_rgb(flow, deeper, first="conv1", classifier="fc")
