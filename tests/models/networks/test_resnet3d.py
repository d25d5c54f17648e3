from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from models.networks.resnet3d import VideoResNet
from models.networks.width import scaled_channels
from models.registry import build_network
from models.weights import load_reference

VARIANTS = ("r2plus1d_18", "r3d_18", "mc3_18")
NUM_PARAMETERS = {"r2plus1d_18": 31_505_325, "r3d_18": 33_371_472, "mc3_18": 11_695_440}
STEPS_IN_TIME = {"r2plus1d_18": 8, "r3d_18": 8, "mc3_18": 1}

Shapes = Callable[[str], dict[str, list[int]]]


@pytest.mark.parametrize(
    ("variant", "size"),
    [
        pytest.param("r2plus1d_18", "1x3x16x112x112", marks=pytest.mark.slow),
        pytest.param("r3d_18", "1x3x16x112x112", marks=pytest.mark.slow),
        ("r3d_18", "2x3x9x57x70"),
        pytest.param("mc3_18", "1x3x16x112x112", marks=pytest.mark.slow),
        ("mc3_18", "2x3x9x57x70"),
    ],
)
def test_every_layer_equals_the_public_implementation(
    variant: str, size: str, assert_equals_reference: Callable[[nn.Module, str, str], None]
) -> None:
    assert_equals_reference(build_network(variant), f"tv_{variant}", f"{variant}_{size}")


@pytest.mark.parametrize("variant", VARIANTS)
def test_layers_bear_their_published_names(variant: Any, published_shapes: Shapes) -> None:
    with torch.device("meta"):
        network = VideoResNet(variant)
    shapes = {name: list(tensor.shape) for name, tensor in network.state_dict().items()}
    assert shapes == published_shapes(f"tv_{variant}")
    assert sum(parameter.numel() for parameter in network.parameters()) == NUM_PARAMETERS[variant]


def test_echonet_reads_the_ejection_fraction_with_one_output(published_shapes: Shapes) -> None:
    network = build_network("r2plus1d_18", num_classes=1)
    shapes = {name: list(tensor.shape) for name, tensor in network.state_dict().items()}
    assert shapes == published_shapes("tv_echonet_ef")
    assert sum(parameter.numel() for parameter in network.parameters()) == 31_300_638


def test_echonets_checkpoint_is_taken_as_it_was_saved(filled: Callable[[Any], Any]) -> None:
    network = filled(VideoResNet("r2plus1d_18", 1, width=0.125))
    saved = {"state_dict": {f"module.{name}": tensor for name, tensor in network.state_dict().items()}, "period": 2}
    other = VideoResNet("r2plus1d_18", 1, width=0.125)
    load_reference(other, saved)
    for name, tensor in other.state_dict().items():
        assert torch.equal(tensor, network.state_dict()[name]), name


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("size", [(1, 16, 16), (9, 33, 47), (16, 64, 32)])
def test_any_size_of_clip_gives_one_row_of_outputs(variant: Any, size: tuple[int, int, int]) -> None:
    network = VideoResNet(variant, 5, 2, width=0.125).eval()
    clips = torch.rand(2, 2, *size)
    with torch.inference_mode():
        outputs, features = network(clips), network.features(clips)
    assert outputs.shape == (2, 5)
    assert outputs.dtype == torch.float32
    assert features.shape == (2, 64, -(-size[0] // STEPS_IN_TIME[variant]), -(-size[1] // 16), -(-size[2] // 16))


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize(("width", "num_features"), [(0.125, 64), (0.3, 152), (1.0, 512), (2.0, 1024)])
def test_width_scales_the_channels_of_every_stage(variant: Any, width: float, num_features: int) -> None:
    with torch.device("meta"):
        network = VideoResNet(variant, width=width)
    stages = (network.layer1, network.layer2, network.layer3, network.layer4)
    expected = [scaled_channels(channels, width) for channels in (64, 128, 256, 512)]
    assert [stage[-1].conv2[-1].num_features for stage in stages] == expected
    assert network.fc.in_features == expected[-1] == num_features


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"num_classes": 0}, "num_classes and in_channels must be at least 1, got 0 and 3"),
        ({"width": 0.0}, "width must lie above 0 and be at most 4, got 0.0"),
        ({"depth": 3}, "network r3d_18 has no option depth; it has num_classes, in_channels, width"),
    ],
)
def test_options_that_make_no_network_are_refused(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        build_network("r3d_18", **options)


def test_a_variant_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="variant must be one of r2plus1d_18, r3d_18, mc3_18, got 'r4d'"):
        VideoResNet("r4d")  # type: ignore[arg-type]
