from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from models.networks.deeplabv3 import DeepLabV3
from models.registry import build_network
from models.weights import load_reference

Shapes = Callable[[str], dict[str, list[int]]]


@pytest.mark.slow
@pytest.mark.parametrize("size", ["1x3x224x224", "1x3x131x173"])
def test_every_layer_equals_the_public_implementation(
    size: str, assert_equals_reference: Callable[[nn.Module, str, str], None]
) -> None:
    network = build_network("deeplabv3_resnet50")
    assert_equals_reference(network, "tv_deeplabv3_resnet50", f"deeplabv3_resnet50_{size}")


def test_layers_bear_their_published_names(published_shapes: Shapes) -> None:
    with torch.device("meta"):
        network = DeepLabV3()
    shapes = {name: list(tensor.shape) for name, tensor in network.state_dict().items()}
    assert shapes == published_shapes("tv_deeplabv3_resnet50")


def test_echonet_outlines_the_ventricle_with_one_channel(published_shapes: Shapes) -> None:
    with torch.device("meta"):
        network = build_network("deeplabv3_resnet50", num_classes=1)
    shapes = {name: list(tensor.shape) for name, tensor in network.state_dict().items()}
    assert shapes == published_shapes("tv_echonet_seg")
    assert sum(parameter.numel() for parameter in network.parameters()) == 39_633_729


def test_echonets_checkpoint_is_taken_as_it_was_saved(filled: Callable[[Any], Any]) -> None:
    network = filled(DeepLabV3(1, width=0.125))
    other = DeepLabV3(1, width=0.125)
    load_reference(other, {"state_dict": {f"module.{name}": t for name, t in network.state_dict().items()}})
    for name, tensor in other.state_dict().items():
        assert torch.equal(tensor, network.state_dict()[name]), name


def test_the_auxiliary_head_reads_the_stage_before_the_last() -> None:
    with torch.device("meta"):
        shapes = {name: tuple(tensor.shape) for name, tensor in DeepLabV3(aux_loss=True).state_dict().items()}
    assert shapes["aux_classifier.0.weight"] == (256, 1024, 3, 3)
    assert shapes["aux_classifier.1.running_var"] == (256,)
    assert shapes["aux_classifier.4.weight"] == (21, 256, 1, 1)


def test_the_auxiliary_head_changes_nothing_of_the_main_one(filled: Callable[[Any], Any]) -> None:
    network = filled(DeepLabV3(3, aux_loss=True, width=0.125))
    frames = torch.rand(2, 3, 40, 56)
    with torch.inference_mode():
        main, auxiliary = network.with_auxiliary(frames)
        torch.testing.assert_close(main, network(frames))
    assert main.shape == auxiliary.shape == (2, 3, 40, 56)
    assert not torch.allclose(main, auxiliary)


@pytest.mark.parametrize("size", [(1, 1), (33, 47), (112, 112)])
@pytest.mark.parametrize("depth", [18, 50])
def test_every_pixel_gets_its_logits(depth: int, size: tuple[int, int], filled: Callable[[Any], Any]) -> None:
    network = filled(DeepLabV3(2, 1, depth=depth, width=0.125))
    with torch.inference_mode():
        logits = network(torch.rand(2, 1, *size))
    assert logits.shape == (2, 2, *size)
    assert logits.dtype == torch.float32
    assert logits.isfinite().all()


def test_an_auxiliary_head_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="made without an auxiliary head; make it with aux_loss=True"):
        DeepLabV3(width=0.125).with_auxiliary(torch.rand(1, 3, 8, 8))


def test_weights_with_an_auxiliary_head_do_not_fit_a_network_without() -> None:
    weights = DeepLabV3(width=0.125, aux_loss=True).state_dict()
    with pytest.raises(ValueError, match=r"not those of this DeepLabV3; 7 unexpected: aux_classifier\.0\.weight"):
        load_reference(DeepLabV3(width=0.125), weights)
