"""The loss of networks that label voxels."""

import pytest
import torch

from models.training.volumes.objective import LabelledVoxels

SHAPE = (2, 6, 8, 8)


def _targets(num_classes: int = 2) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    truth = torch.randint(0, num_classes, SHAPE, generator=generator).float()
    return torch.stack([truth, torch.rand(SHAPE, generator=generator) + 0.1], 1)


@pytest.mark.parametrize("dice_share", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("num_outputs", [1, 2, 4])
def test_what_nobody_labelled_teaches_nothing(num_outputs: int, dice_share: float) -> None:
    targets = _targets(max(num_outputs, 2))
    targets[:, 1, :3] = 0
    logits = torch.randn(2, num_outputs, *SHAPE[1:], requires_grad=True)
    objective = LabelledVoxels(dice_share)
    objective.total_loss(logits, targets).backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    assert not logits.grad[:, :, :3].any()
    assert logits.grad[:, :, 3:].any()
    changed = targets.clone()
    changed[:, 0, :3] = 255
    assert objective.total_loss(logits, changed) == objective.total_loss(logits, targets)


@pytest.mark.parametrize("num_classes", [1, 2, 4])
def test_a_right_answer_costs_nothing_and_scores_one(num_classes: int) -> None:
    targets = _targets(max(num_classes, 2))
    if num_classes == 1:
        logits = (targets[:, :1] - 0.5) * 60
    else:
        logits = torch.nn.functional.one_hot(targets[:, 0].long(), num_classes).movedim(-1, 1).float() * 60
    objective = LabelledVoxels()
    assert float(objective.total_loss(logits, targets)) == pytest.approx(0, abs=1e-3)
    assert objective.total_score(logits, targets) == pytest.approx(2, abs=1e-3)


def test_heavier_voxels_count_more() -> None:
    targets = _targets()
    logits = torch.zeros(2, 2, *SHAPE[1:])
    logits[:, 1, 0] = 5.0  # wrong about the first slice, where the truth is 0
    targets[:, 0] = 0
    heavy = targets.clone()
    heavy[:, 1, 0] *= 10
    objective = LabelledVoxels(dice_share=0)
    assert objective.total_loss(logits, heavy) > objective.total_loss(logits, targets)


def test_loss_of_a_batch_is_the_sum_of_its_samples() -> None:
    targets, logits = _targets(3), torch.randn(2, 3, *SHAPE[1:])
    objective = LabelledVoxels()
    apart = sum(objective.total_loss(logits[i : i + 1], targets[i : i + 1]) for i in range(2))
    assert float(objective.total_loss(logits, targets)) == pytest.approx(float(apart), rel=1e-5)
