"""What the frame network is shown and asked."""

import numpy as np
import pytest
import torch

from models.echo.crop import SIDE
from models.simulation.echo.anatomy import VIEWS
from models.training.echo.frame_training import FrameBatches, MaskAndView
from models.training.echo.loops import LabelledFrames


def loop(view_index: int) -> LabelledFrames:
    rng = np.random.default_rng(view_index)
    masks = np.zeros((4, SIDE, SIDE), bool)
    masks[:, 30:80, 40:70] = view_index < 2
    return LabelledFrames(rng.integers(0, 256, (4, SIDE, SIDE), dtype=np.uint8), masks, view_index)


@pytest.fixture
def batches() -> FrameBatches:
    return FrameBatches([loop(index) for index in range(len(VIEWS))], batch_size=20, seed=3)


def test_a_batch_holds_every_kind_of_view_in_its_share(batches: FrameBatches) -> None:
    views = batches.make(0).targets[:, -1]
    assert [int((views == 0).sum()), int((views == 1).sum()), int((views > 1).sum())] == [12, 4, 4]


def test_a_batch_depends_on_seed_and_step_alone(batches: FrameBatches) -> None:
    batches.make(0)
    again = FrameBatches([loop(index) for index in range(len(VIEWS))], batch_size=20, seed=3)
    assert np.array_equal(batches.make(1).inputs, again.make(1).inputs)
    assert not np.array_equal(batches.make(1).inputs, batches.make(2).inputs)
    assert batches.make(1).inputs.shape == (20, 3, SIDE, SIDE)


def test_a_frame_without_a_ventricle_asks_nothing_of_the_mask() -> None:
    targets = torch.zeros(1, SIDE * SIDE + 1)
    targets[:, -1] = 4
    outputs = torch.zeros(1, SIDE * SIDE + len(VIEWS))
    other = outputs.clone()
    other[:, : SIDE * SIDE] = 7.0
    assert MaskAndView().total_loss(outputs, targets) == MaskAndView().total_loss(other, targets)
    targets[:, :100] = 1
    assert MaskAndView().total_loss(outputs, targets) < MaskAndView().total_loss(other, targets)
