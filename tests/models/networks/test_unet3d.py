from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from models.registry import build_network

Shapes = Callable[[str], dict[str, list[int]]]


def test_every_voxel_equals_the_public_implementation(
    assert_equals_reference: Callable[[nn.Module, str, str], None],
) -> None:
    network = build_network("unet3d", num_classes=1, final="sigmoid")
    assert_equals_reference(network, "plain_unet3d_wolny_gcr", "unet3d_wolny_gcr_1x1x40x64x64")


@pytest.mark.parametrize(
    ("options", "published"),
    [
        ({"num_classes": 1}, "plain_unet3d_wolny_gcr"),
        ({"num_classes": 2, "layer_order": "cbr"}, "plain_unet3d_wolny_bcr"),
    ],
)
def test_layers_bear_their_published_names(options: dict[str, Any], published: str, published_shapes: Shapes) -> None:
    with torch.device("meta"):
        network = build_network("unet3d", **options)
    assert {name: list(tensor.shape) for name, tensor in network.state_dict().items()} == published_shapes(published)


@pytest.mark.parametrize("layer_order", ["gcr", "cbr", "cr"])
@pytest.mark.parametrize("size", [(1, 1, 1), (3, 20, 9), (8, 8, 8)])
def test_every_voxel_gets_its_logits_whatever_the_size(
    size: tuple[int, ...], layer_order: str, filled: Callable[[Any], Any]
) -> None:
    network = filled(build_network("unet3d", num_classes=4, in_channels=2, f_maps=8, layer_order=layer_order))
    with torch.inference_mode():
        logits = network(torch.rand(2, 2, *size))
    assert logits.shape == (2, 4, *size)
    assert logits.dtype == torch.float32
    assert logits.isfinite().all()


@pytest.mark.parametrize("final", ["sigmoid", "softmax"])
def test_training_sees_logits_and_use_what_is_made_of_them(final: str) -> None:
    network = build_network("unet3d", num_classes=3, f_maps=8, final=final)
    volume = torch.rand(1, 1, 8, 8, 8)
    with torch.inference_mode():
        logits, outcome = network.train()(volume), network.eval()(volume)
    torch.testing.assert_close(outcome, logits.sigmoid() if final == "sigmoid" else logits.softmax(1))


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"layer_order": "gr"}, r'layer_order must hold "c" and any of "g", "b" and "r" once, got \'gr\''),
        ({"final": "relu"}, "final must be none, sigmoid or softmax, got 'relu'"),
        ({"num_classes": 0}, "must be at least 1, got 0, 1 and 3"),
    ],
)
def test_options_that_make_no_network_are_refused(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        build_network("unet3d", **options)
