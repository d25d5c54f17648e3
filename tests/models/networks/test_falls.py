"""Laws of the network that tells falls."""

import pytest
import torch

from models.falls.description import NUM_NUMBERS
from models.networks.falls import FallNet
from models.registry import build_network


def inputs(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(2, 23, NUM_NUMBERS, generator=generator), torch.randn(2, 8, 1280, generator=generator)


def test_the_registry_makes_it_with_logits_for_every_step() -> None:
    network = build_network("fall_cnn_lstm", num_classes=3, hidden_size=16).eval()
    numbers, looks = inputs()
    assert network(numbers, looks, torch.ones(2)).shape == (2, 23, 3)


def test_what_is_said_of_a_step_depends_on_no_later_one() -> None:
    network = FallNet(hidden_size=16).eval()
    numbers, looks = inputs()
    later = numbers.clone()
    later[:, 12:] = 7.0
    first, second = network(numbers, looks, torch.ones(2)), network(later, looks, torch.ones(2))
    assert torch.equal(first[:, :12], second[:, :12])
    assert not torch.equal(first[:, 12:], second[:, 12:])


def test_withheld_frames_change_nothing() -> None:
    network = FallNet(hidden_size=16).eval()
    numbers, looks = inputs()
    hidden = network(numbers, looks, torch.zeros(2))
    assert torch.equal(hidden, network(numbers, 5 * looks + 1, torch.zeros(2)))
    assert not torch.allclose(hidden, network(numbers, looks, torch.ones(2)))


def test_it_stays_small_because_the_weights_of_the_cnn_are_not_its_own() -> None:
    assert sum(weight.numel() for weight in FallNet().parameters()) < 50_000


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(ValueError, match="has no option depth"):
        build_network("fall_cnn_lstm", depth=3)
