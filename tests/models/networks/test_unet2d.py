from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from models.registry import build_network
from models.weights import load_reference

Shapes = Callable[[str], dict[str, list[int]]]
FAMILY = ("unet2d", "unet2d_nucleaizer")


@pytest.mark.parametrize("size", [pytest.param("1x3x128x160", marks=pytest.mark.slow), "1x3x101x117"])
def test_every_layer_of_the_padded_form_equals_the_public_implementation(
    size: str, assert_equals_reference: Callable[[nn.Module, str, str], None]
) -> None:
    assert_equals_reference(build_network("unet2d"), "plain_unet2d_milesial", f"unet2d_milesial_{size}")


def test_nucleaizers_network_equals_the_public_implementation(
    assert_equals_reference: Callable[[nn.Module, str, str], None],
) -> None:
    network = build_network("unet2d_nucleaizer")
    assert_equals_reference(network, "plain_unet2d_nucleaizer", "unet2d_nucleaizer_1x3x128x128")


@pytest.mark.parametrize(
    ("name", "options", "published"),
    [
        ("unet2d", {}, "plain_unet2d_milesial"),
        ("unet2d", {"in_channels": 1, "bilinear": True}, "plain_unet2d_milesial_bilinear"),
        ("unet2d_nucleaizer", {}, "plain_unet2d_nucleaizer"),
    ],
)
def test_layers_bear_their_published_names(
    name: str, options: dict[str, Any], published: str, published_shapes: Shapes
) -> None:
    with torch.device("meta"):
        network = build_network(name, **options)
    assert {name: list(tensor.shape) for name, tensor in network.state_dict().items()} == published_shapes(published)


@pytest.mark.parametrize(
    ("name", "options", "num_parameters"),
    [
        ("unet2d", {}, 31_037_698),
        ("unet2d", {"in_channels": 1, "bilinear": True}, 17_261_890),
        ("unet2d_nucleaizer", {}, 31_043_521),
        ("unet2d_original", {}, 31_030_658),
    ],
)
def test_parameters_are_as_many_as_published(name: str, options: dict[str, Any], num_parameters: int) -> None:
    with torch.device("meta"):
        network = build_network(name, **options)
    assert sum(parameter.numel() for parameter in network.parameters()) == num_parameters


@pytest.mark.parametrize("bilinear", [False, True])
@pytest.mark.parametrize("size", [(1, 1), (15, 40), (16, 16), (33, 47)])
def test_every_pixel_gets_its_logits_whatever_the_size(
    size: tuple[int, int], bilinear: bool, filled: Callable[[Any], Any]
) -> None:
    network = filled(build_network("unet2d", num_classes=4, in_channels=2, bilinear=bilinear, width=0.125))
    with torch.inference_mode():
        logits = network(torch.rand(2, 2, *size))
    assert logits.shape == (2, 4, *size)
    assert logits.dtype == torch.float32
    assert logits.isfinite().all()


@pytest.mark.parametrize("size", [(1, 1), (15, 40), (33, 47)])
def test_nucleaizers_network_gives_probabilities_whatever_the_size(
    size: tuple[int, int], filled: Callable[[Any], Any]
) -> None:
    network = filled(build_network("unet2d_nucleaizer", width=0.125))
    with torch.inference_mode():
        probabilities = network(torch.rand(2, 3, *size))
    assert probabilities.shape == (2, 1, *size)
    assert ((probabilities >= 0) & (probabilities <= 1)).all()


def test_notes_that_checkpoints_carry_beside_the_weights_are_left_out() -> None:
    network = build_network("unet2d", width=0.125)
    load_reference(network, {**network.state_dict(), "mask_values": [0, 1]})


@pytest.mark.parametrize("name", [*FAMILY, "unet2d_original"])
def test_options_that_make_no_network_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="num_classes and in_channels must be at least 1, got 0 and 3"):
        build_network(name, num_classes=0, in_channels=3)
