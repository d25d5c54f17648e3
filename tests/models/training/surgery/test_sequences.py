"""Operations made longer and shorter stay operations: order, labels and time left belong together."""

from itertools import groupby

import numpy as np
import pytest
import torch

from models.networks.surgical_phase import SurgicalPhaseNet
from models.training.steps import StepsConfig
from models.training.surgery.operations import IGNORED, DescribedOperation, OperationLabels, seconds_left
from models.training.surgery.report import judge, summarise
from models.training.surgery.sequences import KEPT_SECONDS, PhaseOverTime, play, train_memory

LENGTHS = ((0, 40), (1, 120), (2, 30), (1, 25), (3, 90))
NUM_NUMBERS = 16 + 14
"""That a CNN of width 2 says of a frame."""


def operation() -> DescribedOperation:
    phases = np.concatenate([np.full(length, phase) for phase, length in LENGTHS])
    described = np.zeros((len(phases), NUM_NUMBERS), np.float16)
    described[np.arange(len(phases)), phases] = 10.0  # far above the noise that is added
    return DescribedOperation(OperationLabels("op", phases, np.zeros((len(phases), 7), np.float32)), described)


@pytest.mark.parametrize("seed", range(12))
def test_played_operations_keep_their_order_and_their_labels(seed: int) -> None:
    described, targets = play(operation(), np.random.default_rng(seed), num_steps=6000)
    phases = targets[:, 0].astype(int)
    known = phases[phases != IGNORED]
    order = [phase for phase, _ in LENGTHS]
    assert described.shape == (6000, NUM_NUMBERS)
    assert [phase for phase, _ in groupby(known)] == order[-len(list(groupby(known))) :]
    assert (phases[: len(known)] == known).all(), "padding lies at the end alone"
    np.testing.assert_array_equal(described[: len(known), :7].argmax(1), known)
    np.testing.assert_array_equal(targets[: len(known), 1], seconds_left(known))


@pytest.mark.parametrize("seed", range(4))
def test_each_phase_begins_and_ends_at_its_own_speed(seed: int) -> None:
    phases = np.zeros(200, np.int64)
    described = np.zeros((200, NUM_NUMBERS), np.float16)
    described[:, 0] = np.arange(200)  # the second itself
    one = DescribedOperation(OperationLabels("op", phases, np.zeros((200, 7), np.float32)), described)
    played, targets = play(one, np.random.default_rng(seed + 5), num_steps=9000)
    seconds = played[targets[:, 0] == 0, 0]
    assert len(seconds) > 400
    np.testing.assert_allclose(seconds[-KEPT_SECONDS:], np.arange(200 - KEPT_SECONDS, 200), atol=1)
    assert (seconds > 200 - KEPT_SECONDS - 0.5).sum() == pytest.approx(KEPT_SECONDS, abs=1)


def test_lengths_differ_and_repeat_with_the_seed() -> None:
    lengths = [
        int((play(operation(), np.random.default_rng(seed), num_steps=6000)[1][:, 0] >= 0).sum())
        for seed in (*range(6), 0)
    ]
    assert len(set(lengths)) == 6
    assert lengths[0] == lengths[-1]


def test_time_left_counts_down_to_one_in_every_phase() -> None:
    np.testing.assert_array_equal(seconds_left(np.array([0, 0, 0, 1, 2, 2])), [3, 2, 1, 1, 2, 1])


def test_padding_changes_no_loss() -> None:
    objective, generator = PhaseOverTime(7), torch.Generator().manual_seed(0)
    outputs = torch.randn(2, 20, 10, generator=generator)
    targets = torch.stack([torch.randint(0, 7, (2, 20), generator=generator).float(), torch.full((2, 20), 9.0)], -1)
    padded_targets = torch.cat([targets, torch.tensor([IGNORED, 0.0]).expand(2, 5, 2)], 1)
    padded_outputs = torch.cat([outputs, torch.randn(2, 5, 10, generator=generator)], 1)
    torch.testing.assert_close(
        objective.total_loss(padded_outputs, padded_targets), objective.total_loss(outputs, targets)
    )
    assert objective.total_score(padded_outputs, padded_targets) == pytest.approx(
        objective.total_score(outputs, targets)
    )


def test_a_memory_learns_what_the_frames_say_and_its_metrics_tell() -> None:
    torch.manual_seed(0)
    network = SurgicalPhaseNet(width=2, hidden_size=16)
    steps = StepsConfig(steps=60, batch_size=4, learning_rate=0.02, average_decay=0.8)
    losses: list[float] = []
    train_memory(
        network, [operation()], steps, sequence_seconds=128, seed=1, on_step=lambda step: losses.append(step.loss)
    )
    assert np.mean(losses[-5:]) < 0.5 * losses[0]
    metrics = summarise([judge(network, operation())] * 2)
    assert metrics["frame_accuracy"]["value"] > 0.9
    assert metrics["edit_score"]["value"] > 0.5
    assert metrics["num_operations"] == 2
