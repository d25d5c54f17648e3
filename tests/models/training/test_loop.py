"""The training loop learns what can be learned, the same way every time, and nothing where there is nothing."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from models.training.batches import Batch
from models.training.config import OptimiserConfig
from models.training.loop import StepReport, learning_rate_at, train_classifier
from models.training.replicas import to_input

CONFIG = OptimiserConfig(steps=60, batch_size=16, learning_rate=0.01, warmup_steps=5, average_decay=0.9)


class TinyNetwork(nn.Module):
    """Two layers over space and time."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv3d(3, 8, 3, padding=1)
        self.norm = nn.BatchNorm3d(8)
        self.logits = nn.Linear(8, 2)

    def forward(self, clips: Tensor) -> Tensor:
        return self.logits(self.norm(self.conv(clips)).relu().mean((2, 3, 4)))  # type: ignore[no-any-return]


def batches(num: int, *, seed: int, is_learnable: bool = True) -> Iterator[Batch]:
    """Clips that grow brighter over time, or darker; with learnable labels, the label says which."""
    rng = np.random.default_rng(seed)
    for _ in range(num):
        rises = rng.integers(0, 2, 16)
        ramps = np.where(rises[:, None] == 1, np.arange(6), 5 - np.arange(6)) * 30
        frames = ramps[:, :, None, None, None] + rng.integers(0, 40, (16, 6, 8, 8, 3))
        targets = rises if is_learnable else rng.integers(0, 2, 16)
        yield Batch(frames.astype(np.uint8), targets)


def train(seed: int = 0, *, is_learnable: bool = True) -> tuple[nn.Module, list[StepReport]]:
    torch.manual_seed(seed)
    reports: list[StepReport] = []
    network = TinyNetwork()
    kept = batches(CONFIG.steps, seed=seed, is_learnable=is_learnable)
    return train_classifier(network, kept, CONFIG, on_step=reports.append), reports


def accuracy_on_new_clips(network: nn.Module) -> float:
    (batch,) = batches(1, seed=99)
    with torch.inference_mode():
        found = network(to_input(torch.from_numpy(batch.inputs))).argmax(1).numpy()
    return float((found == batch.targets).mean())


def test_direction_of_time_is_learned_and_the_loss_falls() -> None:
    network, reports = train()
    assert np.mean([report.loss for report in reports[-5:]]) < 0.5 * reports[0].loss
    assert accuracy_on_new_clips(network) >= 0.9


def test_nothing_is_learned_from_labels_drawn_at_random() -> None:
    _, reports = train(is_learnable=False)
    assert np.mean([report.loss for report in reports[-20:]]) > 0.6  # ln 2 = 0.69 is chance


def test_training_repeats_to_the_last_bit() -> None:
    (first, first_reports), (second, second_reports) = train(), train()
    assert first_reports == second_reports
    for one, two in zip(first.state_dict().values(), second.state_dict().values(), strict=True):
        assert torch.equal(one, two)


def test_another_seed_trains_another_network() -> None:
    assert not torch.equal(train(0)[0].state_dict()["logits.weight"], train(1)[0].state_dict()["logits.weight"])


def test_learning_rate_warms_up_and_falls_to_nothing() -> None:
    rates = [learning_rate_at(step, CONFIG) for step in range(CONFIG.steps)]
    assert max(rates) == pytest.approx(CONFIG.learning_rate)
    assert rates[:5] == sorted(rates[:5])
    assert rates[5:] == sorted(rates[5:], reverse=True)
    assert rates[-1] < 0.01 * CONFIG.learning_rate


def test_a_loss_that_is_no_number_ends_the_training() -> None:
    network = TinyNetwork()
    with torch.no_grad():
        network.logits.bias.fill_(float("nan"))
    with pytest.raises(ValueError, match=r"the loss is nan after 0 steps; lower the learning rate"):
        train_classifier(network, batches(1, seed=0), CONFIG, on_step=lambda report: None)


def test_frames_reach_the_network_between_minus_one_and_one() -> None:
    frames = torch.tensor([0, 255], dtype=torch.uint8).reshape(1, 2, 1, 1, 1).expand(1, 2, 4, 5, 3)
    clips = to_input(frames)
    assert clips.shape == (1, 3, 2, 4, 5)
    assert (clips.min().item(), clips.max().item()) == (-1.0, 1.0)
