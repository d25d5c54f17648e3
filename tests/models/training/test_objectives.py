"""Laws of what networks are trained towards."""

import math

import pytest
import torch

from models.training.objectives import (
    NO_TARGET,
    AtEveryStep,
    EverySlice,
    Masks,
    Number,
    Objective,
    OneLabel,
    SeveralLabels,
)


def test_one_label_knows_nothing_at_equal_logits() -> None:
    outputs, targets = torch.zeros(3, 4), torch.tensor([0, 1, 2])
    assert OneLabel().total_loss(outputs, targets).item() == pytest.approx(3 * math.log(4))
    assert OneLabel().answers(outputs).sum(1).tolist() == pytest.approx([1.0] * 3)
    assert OneLabel().total_score(torch.eye(4)[:3], targets) == 3


def test_several_labels_are_independent() -> None:
    targets = torch.tensor([[1.0, 0.0], [1.0, 1.0]])
    sure = torch.tensor([[9.0, -9.0], [9.0, 9.0]])
    assert SeveralLabels().total_loss(sure, targets).item() < 1e-3
    assert SeveralLabels().total_score(sure, targets) == 2
    assert SeveralLabels().total_score(-sure, targets) == 0
    assert SeveralLabels(label_smoothing=0.2).total_loss(sure, targets).item() > 0.5  # too sure is wrong then


def test_slices_are_samples_of_one_label_and_some_teach_nothing() -> None:
    torch.manual_seed(0)
    outputs = torch.randn(2, 4, 3, requires_grad=True)
    targets = torch.tensor([[0, NO_TARGET, 3], [1, 1, NO_TARGET]])
    counts = targets != NO_TARGET
    flat = outputs.transpose(1, 2)[counts]  # (4, classes)
    loss = EverySlice(0.1).total_loss(outputs, targets)
    assert loss.item() == pytest.approx(OneLabel(0.1).total_loss(flat, targets[counts]).item() / 3)
    loss.backward()
    assert outputs.grad is not None
    assert outputs.grad.transpose(1, 2)[~counts].abs().max() == 0
    right = torch.nn.functional.one_hot(targets.clamp(min=0), 4).transpose(1, 2).float()
    assert EverySlice().total_score(right, targets) == 2
    assert EverySlice().total_score(right, torch.full_like(targets, NO_TARGET)) == 0


def test_slices_in_which_nothing_happens_may_weigh_less() -> None:
    torch.manual_seed(0)
    outputs, targets = torch.randn(2, 4, 3), torch.tensor([[0, NO_TARGET, 3], [1, 0, NO_TARGET]])
    of_none, of_others = (targets.where(kept, NO_TARGET) for kept in (targets == 0, targets != 0))
    parts = [EverySlice(0.1).total_loss(outputs, part).item() for part in (of_none, of_others)]
    assert min(parts) > 0.1
    found = EverySlice(0.1, none_weight=0.25).total_loss(outputs, targets)
    assert found.item() == pytest.approx(0.25 * parts[0] + parts[1])


def test_a_number_is_answered_in_its_own_unit() -> None:
    objective = Number(centre=50.0, scale=10.0)
    outputs, targets = torch.tensor([[0.0], [1.0]]), torch.tensor([[50.0], [65.0]])
    assert objective.answers(outputs).flatten().tolist() == [50.0, 60.0]
    assert objective.total_loss(outputs, targets).item() == pytest.approx(0.25)
    assert objective.total_score(outputs, targets) == pytest.approx(5.0)


def test_masks_that_agree_cost_little_and_a_missed_one_much() -> None:
    wanted = torch.zeros(2, 1, 8, 8)
    wanted[0, 0, 2:4, 2:4] = 1  # the other picture holds nothing
    right, empty = (wanted * 2 - 1) * 20, torch.full_like(wanted, -20.0)
    assert Masks().total_loss(right, wanted).item() < 0.01
    assert Masks().total_score(right, wanted) == pytest.approx(2.0)
    assert Masks().total_loss(empty, wanted).item() > 0.7
    assert Masks().total_score(empty, wanted) == pytest.approx(1.2)  # 1 for the empty one, (0 + 1) / (4 + 1)


@pytest.mark.parametrize(
    ("inner", "targets"),
    [
        (OneLabel(0.1), torch.tensor([0, 2])),
        (SeveralLabels(), torch.tensor([[1.0, 0.0, 1.0], [0.0, 0.0, 1.0]])),
    ],
)
def test_the_loss_at_every_step_is_the_mean_of_the_steps(inner: Objective, targets: torch.Tensor) -> None:
    torch.manual_seed(0)
    outputs = torch.randn(2, 5, 3)
    steps = [inner.total_loss(outputs[:, step], targets).item() for step in range(5)]
    objective = AtEveryStep(inner)
    assert objective.total_loss(outputs, targets).item() == pytest.approx(sum(steps) / 5, rel=1e-5)
    assert torch.equal(objective.answers(outputs), inner.answers(outputs[:, -1]))
    assert objective.score_name == inner.score_name
