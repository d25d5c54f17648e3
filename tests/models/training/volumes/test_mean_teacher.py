"""Unlabelled voxels that teach by consistency."""

import numpy as np
import pytest
import torch

from models.networks.unet3d import UNet3D
from models.training.volumes.mean_teacher import ConsistentVoxels, MeanTeacher, PairedBatches, student_of
from models.training.volumes.objective import LabelledVoxels
from models.training.volumes.patches import PatchBatches, TaughtVolume

SIZE = (4, 8, 8)


def _network() -> MeanTeacher:
    torch.manual_seed(0)
    return MeanTeacher(UNet3D(2, f_maps=8, num_levels=2), decay=0.9)


def _batches(weight: float = 1.0) -> PairedBatches:
    rng = np.random.default_rng(0)
    weights = np.zeros((10, 16, 16), np.float32)
    weights[5] = 1
    values = rng.normal(size=(1, 10, 16, 16)).astype(np.float32)
    volume = TaughtVolume("made", values, (values[0] > 0).astype(np.float32), weights)
    return PairedBatches(PatchBatches([volume], SIZE, 4, 0), weight, ramp_steps=10)


def test_the_teacher_follows_the_student_and_is_taught_by_nothing_else() -> None:
    network = _network().train()
    with torch.no_grad():
        for parameter in network.student.parameters():
            parameter.add_(1)
    before = next(network.teacher.parameters()).clone()
    network(torch.zeros(1, 2, *SIZE)).sum().backward()
    after, student = next(network.teacher.parameters()), next(network.student.parameters())
    assert torch.all(after > before)
    assert torch.all(after < student)
    assert after.grad is None
    assert student.grad is not None


def test_outside_training_the_student_answers_alone() -> None:
    network, inputs = _network().eval(), torch.randn(1, 1, *SIZE)
    assert torch.equal(network(inputs), network.student(inputs))
    assert student_of(network) is network.student
    assert student_of(network.student) is network.student


def test_agreement_counts_more_and_more_on_voxels_without_labels_too() -> None:
    batches = _batches(weight=2.0)
    early, late = (batches.make(step).targets[:, 2] for step in (0, 50))
    assert 0 < early.max() < 0.1 < late.min() == pytest.approx(2.0)
    batch = batches.make(50)
    assert batch.inputs.shape == (4, 2, *SIZE)
    assert not np.allclose(batch.inputs[:, 0], batch.inputs[:, 1])
    assert batch.targets[:2, 1].any()
    assert not batch.targets[2:, 1].any()


def test_loss_falls_when_student_and_teacher_agree() -> None:
    objective = ConsistentVoxels(LabelledVoxels(), 2)
    targets = torch.zeros(1, 3, *SIZE)
    targets[:, 2] = 1
    student = torch.randn(1, 2, *SIZE)
    agreed, apart = (torch.cat([student, sign * student], 1) for sign in (1, -1))
    assert float(objective.total_loss(agreed, targets)) == pytest.approx(
        float(objective.labelled.total_loss(student, targets[:, :2]))
    )
    assert objective.total_loss(apart, targets) > objective.total_loss(agreed, targets)
