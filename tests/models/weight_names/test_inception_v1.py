import pytest
import torch
from torch import Tensor

from models.networks.inception_v1 import InceptionV1
from models.weights import load_reference

SLIM = {
    "b0": "Branch_0/Conv2d_0a_1x1",
    "b1a": "Branch_1/Conv2d_0a_1x1",
    "b1b": "Branch_1/Conv2d_0b_3x3",
    "b2a": "Branch_2/Conv2d_0a_1x1",
    "b2b": "Branch_2/Conv2d_0b_3x3",
    "b3b": "Branch_3/Conv2d_0b_1x1",
}
VARIABLES = {
    ("conv2d", "weight"): "weights",
    ("conv2d", "bias"): "biases",
    ("bn", "bias"): "BatchNorm/beta",
    ("bn", "running_mean"): "BatchNorm/moving_mean",
    ("bn", "running_var"): "BatchNorm/moving_variance",
}


def slim_variables(weights: dict[str, Tensor], suffix: str) -> dict[str, Tensor]:
    """Our weights as slim has them: kernels as (H, W, in, out), and no batch norm scale."""
    variables = {}
    for name, tensor in weights.items():
        *layer, part, variable = name.split(".")
        path = "/".join([layer[0], *(SLIM[branch] for branch in layer[1:])]).replace("logits", "Logits/Conv2d_0c_1x1")
        path = path.replace("Mixed_5b/Branch_2/Conv2d_0b_3x3", "Mixed_5b/Branch_2/Conv2d_0a_3x3")
        if (part, variable) in VARIABLES:
            kernel = tensor.permute(2, 3, 1, 0) if tensor.ndim == 4 else tensor
            variables[f"InceptionV1/{path}/{VARIABLES[part, variable]}{suffix}"] = kernel
    return variables


@pytest.mark.parametrize("suffix", ["", ":0"])
def test_variables_of_slim_land_where_they_belong_with_a_scale_of_one(suffix: str) -> None:
    expected = {
        name: torch.ones_like(tensor) if name.endswith("bn.weight") else torch.rand_like(tensor.float())
        for name, tensor in InceptionV1(6, width=0.125).state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    network = InceptionV1(6, width=0.125)
    load_reference(network, slim_variables(expected, suffix))
    for name, tensor in expected.items():
        assert torch.equal(network.state_dict()[name], tensor), name


@pytest.mark.parametrize("stray", ["InceptionV1/Mixed_3b/Branch_7/Conv2d_9z/weights", "global_step", "InceptionV1/x/"])
def test_stray_variables_are_refused_as_unexpected(stray: str) -> None:
    variables = {"InceptionV1/Conv2d_1a_7x7/weights": torch.zeros(7, 7, 3, 8), stray: torch.zeros(())}
    with pytest.raises(ValueError, match=r"not those of this InceptionV1; .* unexpected: "):
        load_reference(InceptionV1(width=0.125), variables)
