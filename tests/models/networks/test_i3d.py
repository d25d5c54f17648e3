import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from models.networks.i3d import I3D, SamePaddedMaxPool3d, Unit3D
from models.networks.inception import same_padding
from models.weights import load_reference

CASES = ("i3d_rgb_1x3x16x224x224", "i3d_rgb_2x3x9x224x224")


@pytest.fixture(scope="module")
def reference(parity: Path) -> dict[str, Any]:
    return json.loads((parity / "i3d_rgb.json").read_text())  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def weights(parity: Path, recipe: ModuleType, reference: dict[str, Any]) -> dict[str, Tensor]:
    weights: dict[str, Tensor] = recipe.fill_state_dict(json.loads((parity / "i3d_rgb_keys.json").read_text()))
    assert recipe.sd_checksum(weights) == pytest.approx(reference["state_dict"])
    return weights


@pytest.mark.parametrize("case", CASES)
def test_every_layer_equals_the_public_implementation(
    case: str,
    reference: dict[str, Any],
    weights: dict[str, Tensor],
    recipe: ModuleType,
    assert_like: Callable[[Tensor, dict[str, Any]], None],
) -> None:
    network = I3D().eval()
    load_reference(network, weights)
    outputs: dict[str, Tensor] = {}
    for name, layer in network.named_children():
        # A copy: what follows may overwrite a layer's output in place.
        layer.register_forward_hook(lambda _, __, output, name=name: outputs.update({name: output.clone()}))
    expected = reference["cases"][case]

    with torch.inference_mode():
        logits = network(recipe.uniform_input(case, expected["input"]["shape"]))

    for name, endpoint in expected["endpoints"].items():
        assert_like(outputs[name], endpoint)
    assert_like(outputs["logits"].squeeze(4).squeeze(3), expected["logits"])
    assert_like(logits, expected["logits_mean_over_time_and_space"])


@pytest.mark.parametrize("network_name", ["rgb", "flow"])
def test_layers_bear_their_published_names(network_name: str, parity: Path) -> None:
    published = json.loads((parity / f"i3d_{network_name}_keys.json").read_text())
    network = I3D(in_channels=3 if network_name == "rgb" else 2)
    assert {name: list(tensor.shape) for name, tensor in network.state_dict().items()} == published


@pytest.mark.parametrize(("in_channels", "num_parameters"), [(3, 12_697_264), (2, 12_675_312)])
def test_parameters_are_as_many_as_published(in_channels: int, num_parameters: int) -> None:
    network = I3D(in_channels=in_channels)
    assert sum(parameter.numel() for parameter in network.parameters()) == num_parameters


def test_batch_norm_has_the_published_constants() -> None:
    norms = [layer for layer in I3D(width=0.125).modules() if isinstance(layer, torch.nn.BatchNorm3d)]
    assert {(norm.eps, norm.momentum) for norm in norms} == {(1e-3, 0.01)}
    assert len(norms) == 57


def test_stem_pads_even_sizes_by_two_before_and_three_behind() -> None:
    unit = Unit3D(1, 1, kernel_size=7, stride=2)
    x = torch.rand(1, 1, 8, 10, 12)
    expected = F.conv3d(F.pad(x, (2, 3, 2, 3, 2, 3)), unit.conv3d.weight, stride=2)
    torch.testing.assert_close(unit.conv3d(x), expected)


@pytest.mark.parametrize("size", [(1, 1, 1), (2, 3, 4), (5, 8, 9), (8, 7, 6)])
@pytest.mark.parametrize(
    ("kernel_size", "stride"),
    [((1, 3, 3), (1, 2, 2)), ((3, 3, 3), (2, 2, 2)), ((2, 2, 2), (2, 2, 2)), ((3, 3, 3), (1, 1, 1))],
)
def test_max_pool_equals_one_padded_with_zeros(
    size: tuple[int, int, int], kernel_size: tuple[int, int, int], stride: tuple[int, int, int]
) -> None:
    x = F.relu(torch.randn(2, 3, *size))
    pads = [pad for axis in reversed(list(zip(size, kernel_size, stride, strict=True))) for pad in same_padding(*axis)]
    expected = F.max_pool3d(F.pad(x, pads), kernel_size, stride)
    torch.testing.assert_close(SamePaddedMaxPool3d(kernel_size, stride=stride)(x), expected, rtol=0, atol=0)


@pytest.mark.parametrize("size", [(8, 112, 112), (9, 113, 97), (16, 32, 64), (1, 1, 1), (17, 230, 226)])
def test_any_size_of_clip_gives_one_row_of_logits(size: tuple[int, int, int], filled: Callable[[I3D], I3D]) -> None:
    network = filled(I3D(num_classes=5, width=0.125))
    with torch.inference_mode():
        logits = network(torch.rand(2, 3, *size))
    assert logits.shape == (2, 5)
    assert logits.isfinite().all()


@pytest.mark.parametrize(("num_frames", "num_steps"), [(8, 1), (16, 1), (24, 2), (64, 7), (79, 9)])
def test_steps_of_time_are_as_many_as_published(num_frames: int, num_steps: int) -> None:
    network = I3D(num_classes=2, width=0.125).eval().to("meta")
    assert network.logits_grid(torch.zeros(1, 3, num_frames, 224, 224, device="meta")).shape == (1, 2, num_steps, 1, 1)


def test_small_clips_are_averaged_over_the_whole_grid(filled: Callable[[I3D], I3D]) -> None:
    network = filled(I3D(num_classes=5, width=0.125))
    clips = torch.rand(1, 3, 8, 112, 112)
    with torch.inference_mode():
        features = network.features(clips)
        expected = network.logits(features.mean((2, 3, 4), keepdim=True)).flatten(1)
        torch.testing.assert_close(network(clips), expected)
    assert features.shape[2:] == (1, 4, 4)


def test_a_narrow_network_keeps_the_layers_and_their_names() -> None:
    assert I3D(num_classes=5, width=0.25).state_dict().keys() == I3D().state_dict().keys()


@pytest.mark.parametrize("options", [{"num_classes": 0}, {"in_channels": 0}, {"width": 0.0}, {"width": 5.0}])
def test_impossible_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must"):
        I3D(**options)
