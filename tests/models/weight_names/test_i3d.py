import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import Tensor

from models.networks.i3d import I3D
from models.weight_names.i3d import options_of
from models.weights import load_reference, rename_to_ours

HASSONY2 = {
    "b0": "branch_0",
    "b1a": "branch_1.0",
    "b1b": "branch_1.1",
    "b2a": "branch_2.0",
    "b2b": "branch_2.1",
    "b3b": "branch_3.1",
}
TENSORFLOW = {
    "b0": "Branch_0/Conv3d_0a_1x1",
    "b1a": "Branch_1/Conv3d_0a_1x1",
    "b1b": "Branch_1/Conv3d_0b_3x3",
    "b2a": "Branch_2/Conv3d_0a_1x1",
    "b2b": "Branch_2/Conv3d_0b_3x3",
    "b3b": "Branch_3/Conv3d_0b_1x1",
}


def hassony2_name(name: str) -> str:
    """The opposite of what is tested, written by layer instead of by pattern."""
    if name.startswith("logits."):
        return name.replace("logits.", "conv3d_0c_1x1.")
    unit, *branch, part, variable = name.split(".")
    middle = [HASSONY2[branch[0]]] if branch else []
    return ".".join([unit[0].lower() + unit[1:], *middle, {"conv3d": "conv3d", "bn": "batch3d"}[part], variable])


def tensorflow_variables(weights: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Our weights as TensorFlow has them, without the batch norm's scale."""
    variables = {}
    for name, tensor in weights.items():
        *layer, part, variable = name.split(".")
        path = "/".join([layer[0], *(TENSORFLOW[branch] for branch in layer[1:])])
        path = path.replace("logits", "Logits/Conv3d_0c_1x1")
        path = path.replace("Mixed_5b/Branch_2/Conv3d_0b_3x3", "Mixed_5b/Branch_2/Conv3d_0a_3x3")
        if (part, variable) == ("conv3d", "weight"):
            variables[f"{prefix}{path}/conv_3d/w"] = tensor.permute(2, 3, 4, 1, 0)
        elif part == "conv3d":
            variables[f"{prefix}{path}/conv_3d/b"] = tensor
        elif variable in ("bias", "running_mean", "running_var"):
            kind = {"bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}[variable]
            variables[f"{prefix}{path}/batch_norm/{kind}"] = tensor.reshape(1, 1, 1, 1, -1)
    return variables


@pytest.fixture
def network(filled: Callable[[I3D], I3D]) -> I3D:
    return filled(I3D(num_classes=5, width=0.125))


def assert_same_weights(found: I3D, expected: dict[str, Tensor]) -> None:
    for name, tensor in found.state_dict().items():
        assert torch.equal(tensor, expected[name]), name


def test_hassony2_names_are_those_of_its_key_list(parity: Path, recipe: ModuleType) -> None:
    shapes = json.loads((parity / "plain_i3d_hassony2_rgb_keys.json").read_text())
    ours = I3D().state_dict()
    assert {hassony2_name(name): list(tensor.shape) for name, tensor in ours.items()} == shapes
    renamed = rename_to_ours({name: torch.zeros(shape) for name, shape in shapes.items()})
    assert {name: tensor.shape for name, tensor in renamed.items()} == {name: t.shape for name, t in ours.items()}


def test_weights_of_hassony2_land_where_they_belong(network: I3D) -> None:
    expected = network.state_dict()
    other = I3D(num_classes=5, width=0.125)
    load_reference(other, {hassony2_name(name): tensor for name, tensor in expected.items()})
    assert_same_weights(other, expected)


@pytest.mark.parametrize(
    "stray",
    ["mixed_3b.branch_9.9.conv3d.weight", "Mixed_3b/Branch_7/Conv3d_9z/conv_3d/w", "RGB/x", "", "logits.conv3d"],
)
@pytest.mark.parametrize("stem", ["conv3d_1a_7x7.conv3d.weight", "Conv3d_1a_7x7/conv_3d/w"])
def test_stray_names_are_refused_as_unexpected(stem: str, stray: str, network: I3D) -> None:
    with pytest.raises(ValueError, match=r"not those of this I3D; .* unexpected: "):
        load_reference(network, {stem: torch.zeros(8, 3, 7, 7, 7), stray: torch.zeros(())})


@pytest.mark.parametrize("prefix", ["RGB/inception_i3d/", "Flow/inception_i3d/", ""])
def test_tensorflow_variables_land_where_they_belong_with_a_scale_of_one(prefix: str, network: I3D) -> None:
    expected = {
        name: torch.ones_like(tensor) if name.endswith("bn.weight") else tensor
        for name, tensor in network.state_dict().items()
    }
    other = I3D(num_classes=5, width=0.125)
    load_reference(other, tensorflow_variables(expected, prefix))
    assert_same_weights(other, expected)


def test_tensorflow_variables_may_keep_their_output_number(network: I3D) -> None:
    variables = tensorflow_variables(network.state_dict(), "RGB/inception_i3d/")
    load_reference(I3D(num_classes=5, width=0.125), {f"{path}:0": tensor for path, tensor in variables.items()})


@pytest.mark.parametrize("width", [1.0, 0.5, 0.25, 0.125, 0.3, 0.77, 1.5, 0.01])
def test_options_are_read_off_the_shapes(width: float) -> None:
    with torch.device("meta"):
        weights = I3D(num_classes=7, width=width).state_dict()
        options = options_of(weights)
        again = I3D(options["num_classes"], width=options["width"]).state_dict()
    assert {name: tensor.shape for name, tensor in again.items()} == {name: t.shape for name, t in weights.items()}


def test_weights_of_something_else_have_no_options() -> None:
    with pytest.raises(ValueError, match=r"weights of an I3D have Conv3d_1a_7x7\.conv3d\.weight"):
        options_of({"layer.weight": torch.zeros(3, 3)})
