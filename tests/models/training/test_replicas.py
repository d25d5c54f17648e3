"""Laws of sharing a batch between threads."""

import numpy as np
import pytest
import torch
from torch import nn

from models.training.objectives import OneLabel
from models.training.replicas import Replicas


def network(dropout: float = 0.0) -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv3d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Dropout(dropout), nn.LazyLinear(3))


def gradients(num_replicas: int) -> tuple[list[torch.Tensor], float, float]:
    rng = np.random.default_rng(0)
    frames = rng.integers(0, 256, (7, 4, 6, 6, 3), dtype=np.uint8)
    targets = rng.integers(0, 3, 7)
    trained = network()
    trained(torch.zeros(1, 3, 4, 6, 6))
    replicas = Replicas(trained, OneLabel(label_smoothing=0.1), num_replicas=num_replicas)
    share = replicas.compute_gradients(frames, targets)
    replicas.close()
    found = [parameter.grad for parameter in trained.parameters()]
    assert share.num_clips == 7
    return [gradient for gradient in found if gradient is not None], share.loss, share.score


@pytest.mark.parametrize("num_replicas", [2, 3, 8])
def test_the_gradient_of_the_whole_batch_comes_out_however_it_is_shared(num_replicas: int) -> None:
    (whole, whole_loss, whole_right), (shared, loss, right) = gradients(1), gradients(num_replicas)
    assert (loss, right) == (pytest.approx(whole_loss, rel=1e-5), whole_right)
    for one, other in zip(whole, shared, strict=True):
        assert torch.allclose(one, other, atol=1e-6)  # fp32 sums in another order


def test_the_same_shares_give_the_same_bits() -> None:
    (first, *_), (second, *_) = gradients(2), gradients(2)
    assert all(torch.equal(one, other) for one, other in zip(first, second, strict=True))


def test_twins_follow_the_weights_of_the_network() -> None:
    trained = network()
    trained(torch.zeros(1, 3, 4, 6, 6))
    replicas = Replicas(trained, OneLabel(), num_replicas=2)
    frames, targets = np.full((2, 4, 6, 6, 3), 200, np.uint8), np.array([0, 1])
    before = replicas.compute_gradients(frames, targets).loss
    with torch.no_grad():
        for parameter in trained.parameters():
            parameter.zero_()
    assert replicas.compute_gradients(frames, targets).loss == pytest.approx(np.log(3))
    assert before != pytest.approx(np.log(3))
    replicas.close()


def test_dropout_on_several_threads_is_refused() -> None:
    with pytest.raises(ValueError, match="set threads to 1 or dropout to 0"):
        Replicas(network(dropout=0.5), OneLabel(), num_replicas=2)
