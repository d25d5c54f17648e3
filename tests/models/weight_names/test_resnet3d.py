import pytest
import torch

from models.registry import build_network
from models.weight_names.resnet3d import options_of


@pytest.mark.parametrize("name", ["r2plus1d_18", "r3d_18", "mc3_18"])
@pytest.mark.parametrize("width", [1.0, 0.5, 0.25, 0.3, 0.77, 1.5, 0.01])
def test_options_are_read_off_the_shapes(name: str, width: float) -> None:
    with torch.device("meta"):
        weights = build_network(name, num_classes=7, width=width).state_dict()
        options = options_of(weights)
        again = build_network(name, **options).state_dict()
    assert {name: tensor.shape for name, tensor in again.items()} == {name: t.shape for name, t in weights.items()}


def test_weights_of_something_else_have_no_options() -> None:
    with pytest.raises(ValueError, match=r"weights of a video ResNet have stem\.0\.weight and fc\.weight"):
        options_of({"fc.weight": torch.zeros(3, 3)})
