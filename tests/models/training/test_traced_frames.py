"""Traced frames: augmented with their masks, learned, judged."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from torch import nn

from models.training.traced_frames import FrameBatches, TracedFrame, augment_frame, judge_masks, validate_masks


def frame(seed: int, group: str = "") -> TracedFrame:
    """A bright disc on a dark ground."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:32, :40]
    mask = np.hypot(rows - rng.integers(12, 20), columns - rng.integers(14, 26)) < 7
    pixels = np.where(mask[..., None], 200, 40).repeat(3, 2).astype(np.uint8)
    return TracedFrame(f"f{seed}", pixels, mask, group or f"g{seed}")


FRAMES: Sequence[TracedFrame] = [frame(seed) for seed in range(6)]


class Brightness(nn.Module):
    """Calls bright what is above a level, in -1..1."""

    def __init__(self, level: float) -> None:
        super().__init__()
        self.level = nn.Parameter(torch.tensor(level))

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        return (frames.mean(1, keepdim=True) - self.level) * 50


def test_mask_and_picture_move_together() -> None:
    one, moved = FRAMES[0], 0
    for seed in range(10):
        pixels, mask = augment_frame(one.pixels, one.mask, np.random.default_rng(seed))
        bright = pixels.mean(2) > (pixels.max() / 2)
        assert (bright == mask).mean() > 0.97  # they may differ along the border, where one is interpolated
        moved += not np.array_equal(mask, one.mask)
    assert moved == 10


def test_batches_follow_from_seed_and_step_alone() -> None:
    def batch(step: int, seed: int = 0) -> np.ndarray:
        return FrameBatches(FRAMES, 4, seed, is_augmented=True).make(step).inputs

    assert np.array_equal(batch(3), batch(3))
    assert not np.array_equal(batch(3), batch(4))
    assert not np.array_equal(batch(3), batch(3, seed=1))


def test_a_network_that_sees_the_disc_is_judged_right() -> None:
    metrics = judge_masks(Brightness(0.0), FRAMES)
    assert (metrics["dice"]["value"], metrics["jaccard"]["value"], metrics["num_groups"]) == (1.0, 1.0, 6)
    assert validate_masks(Brightness(0.0), FRAMES).score == pytest.approx(1.0, abs=0.01)
    blind = judge_masks(Brightness(2.0), FRAMES)
    assert blind["dice"]["value"] == 0.0
    assert validate_masks(Brightness(2.0), FRAMES).loss > validate_masks(Brightness(0.0), FRAMES).loss


def test_frames_of_one_loop_are_one_group() -> None:
    assert judge_masks(Brightness(0.0), [frame(1, "loop"), frame(2, "loop")])["num_groups"] == 1
