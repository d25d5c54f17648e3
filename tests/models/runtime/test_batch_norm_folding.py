from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from models.networks.frame_features import EfficientNetLite0Features
from models.networks.i3d import I3D
from models.runtime.batch_norm_folding import fold_batch_norm

Fill = Callable[[nn.Module], Any]


class Crossed(nn.Module):
    """Two convolutions and two batch norms, defined in another order than they are used."""

    def __init__(self) -> None:
        super().__init__()
        self.norm_of_second = nn.BatchNorm2d(4)
        self.first = nn.Conv2d(3, 4, 3)
        self.norm_of_first = nn.BatchNorm2d(4)
        self.second = nn.Conv2d(4, 4, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm_of_first(self.first(x)).relu()
        return self.norm_of_second(self.second(x))  # type: ignore[no-any-return]


class Shared(nn.Module):
    """One convolution that feeds two batch norms: it cannot be part of both."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(3, 4, 3)
        self.norms = nn.ModuleList([nn.BatchNorm2d(4), nn.BatchNorm2d(4)])

    def forward(self, x: Tensor) -> Tensor:
        return self.norms[0](self.convolution(x)) + self.norms[1](self.convolution(x))  # type: ignore[no-any-return]


def num_norms(network: nn.Module) -> int:
    return sum(isinstance(layer, nn.BatchNorm2d | nn.BatchNorm3d) for layer in network.modules())


@pytest.mark.parametrize(
    ("network", "size", "num_left"),
    [
        (I3D(num_classes=5, width=0.125), (2, 3, 9, 40, 33), 0),
        (EfficientNetLite0Features(), (2, 3, 65, 64), 0),
        (Crossed(), (2, 3, 16, 16), 0),
        (Shared(), (2, 3, 16, 16), 2),
    ],
    ids=["i3d", "efficientnet", "crossed", "shared"],
)
def test_folding_changes_no_output(network: nn.Module, size: tuple[int, ...], num_left: int, filled: Fill) -> None:
    example = torch.rand(size)
    folded = fold_batch_norm(filled(network), example)
    assert num_norms(folded) == num_left
    with torch.inference_mode():
        expected = network(example)
        error = (folded(example) - expected).abs().max() / expected.abs().max()
    assert error < 1e-5


def test_the_network_itself_stays_as_it_was(filled: Fill) -> None:
    network = filled(I3D(num_classes=5, width=0.125)).train()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    fold_batch_norm(network, torch.rand(1, 3, 8, 32, 32))
    assert network.training
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())
