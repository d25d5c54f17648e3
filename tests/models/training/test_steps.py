"""Parts of networks in training: what is frozen stays, the rest learns, every step is logged."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from models.training.batches import Batch
from models.training.loop import StepReport
from models.training.objectives import OneLabel
from models.training.side_by_side import side_by_side
from models.training.steps import StepsConfig, logged_steps, train_steps

STEPS = StepsConfig(steps=60, batch_size=16, learning_rate=0.05, average_decay=0.5)


class TwoFaced(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.frozen = nn.Linear(4, 4)
        self.head = nn.Linear(4, 2)
        nn.init.eye_(self.frozen.weight)

    def judge(self, inputs: Tensor) -> Tensor:
        """Return (N, 2) for inputs (N, 1, 4)."""
        return self.head(self.frozen(inputs.squeeze(1)))  # type: ignore[no-any-return]


def batches() -> list[Batch]:
    rng = np.random.default_rng(0)
    drawn = [rng.normal(size=(STEPS.batch_size, 4)).astype(np.float32) for _ in range(STEPS.steps)]
    return [Batch(inputs[:, None], (inputs[:, 0] > 0).astype(np.int64)) for inputs in drawn]


def test_a_part_learns_through_another_face_and_what_is_frozen_stays() -> None:
    torch.manual_seed(0)
    part = TwoFaced()
    part.frozen.requires_grad_(False)
    before, scores = part.frozen.weight.clone(), list[float]()
    train_steps(
        part, TwoFaced.judge, OneLabel(), batches(), STEPS, precision="fp32", on_step=lambda s: scores.append(s.score)
    )
    torch.testing.assert_close(part.frozen.weight, before, rtol=0, atol=0)
    assert len(scores) == STEPS.steps
    inputs = torch.randn(500, 1, 4)
    is_right = part.judge(inputs).argmax(1) == (inputs[:, 0, 0] > 0)
    assert is_right.float().mean() > 0.85


def test_each_step_is_written_and_shown(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    with logged_steps(tmp_path / "a.csv", STEPS, lambda done, total, note="": told.append((done, total))) as log:
        log(StepReport(0, 1.5, 0.25, 0.01))
    assert (tmp_path / "a.csv").read_text().splitlines() == [
        "step,loss,accuracy,learning_rate",
        "0,1.50000,0.2500,0.010000",
    ]
    assert told == [(1, STEPS.steps)]


@pytest.mark.parametrize("num_threads", [1, 3])
def test_what_is_done_side_by_side_comes_back_in_order(num_threads: int) -> None:
    told: list[int] = []
    doubled = side_by_side(
        lambda item: 2 * item, range(9), lambda done, total, note="": told.append(done), num_threads=num_threads
    )
    assert doubled == [2 * item for item in range(9)]
    assert told == list(range(1, 10))
