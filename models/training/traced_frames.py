"""Single frames with the outline of something in them: how they are drawn, augmented, learned and judged."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from models.evaluation.bootstrap import bootstrap
from models.evaluation.overlap import OverlapCounts, count_overlap
from models.training.batches import Batch
from models.training.fitting import Validation
from models.training.objectives import Masks

FRAMES_AT_ONCE = 16


@dataclass(frozen=True, eq=False)
class TracedFrame:
    """One frame and which of its pixels belong to what was traced."""

    name: str
    pixels: np.ndarray
    """uint8 RGB, (H, W, 3)."""
    mask: np.ndarray
    """bool, (H, W)."""
    group: str
    """Frames of one group, a loop or a subject, are drawn together when intervals are made."""


@dataclass(frozen=True, eq=False)
class FrameBatches:
    """Batches of traced frames; batch k depends on the seed and k alone."""

    frames: Sequence[TracedFrame]
    batch_size: int
    seed: int
    is_augmented: bool

    def make(self, step: int) -> Batch:
        rng = np.random.default_rng((self.seed, step))
        chosen = [self.frames[int(index)] for index in rng.integers(0, len(self.frames), self.batch_size)]
        pairs = [(one.pixels, one.mask) for one in chosen]
        if self.is_augmented:
            pairs = [augment_frame(*pair, rng) for pair in pairs]
        return Batch(np.stack([pair[0] for pair in pairs]), np.stack([pair[1][None] for pair in pairs]))


def augment_frame(pixels: np.ndarray, mask: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return a frame turned, moved, zoomed and lit otherwise, and its mask turned, moved and zoomed alike."""
    height, width = mask.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), float(rng.normal(0, 8)), float(rng.uniform(0.9, 1.15)))
    matrix[:, 2] = matrix[:, 2] + rng.uniform(-0.06, 0.06, 2) * (width, height)
    moved = cv2.warpAffine(pixels, matrix, (width, height))
    moved_mask = cv2.warpAffine(mask.astype(np.uint8), matrix, (width, height), flags=cv2.INTER_NEAREST)
    lit = moved.astype(np.float32) * rng.uniform(0.75, 1.3) + rng.uniform(-15, 15)
    return np.clip(lit, 0, 255).astype(np.uint8), moved_mask > 0


def to_frame_input(frames: Tensor) -> Tensor:
    """Map uint8 frames (N, H, W, 3) to (N, 3, H, W), float32 in [-1, 1]."""
    return (frames.float() * (2 / 255) - 1).permute(0, 3, 1, 2)


def validate_masks(network: nn.Module, frames: Sequence[TracedFrame]) -> Validation:
    """Return loss and Dice on frames that are not trained on."""
    outputs = mask_logits(network, [frame.pixels for frame in frames])
    wanted = torch.from_numpy(np.stack([frame.mask[None] for frame in frames]))
    loss, score = Masks().total_loss(outputs, wanted), Masks().total_score(outputs, wanted)
    return Validation(float(loss) / len(frames), score / len(frames))


def judge_masks(network: nn.Module, frames: Sequence[TracedFrame]) -> dict[str, Any]:
    """Return Dice and Jaccard, each the mean over the frames, with their intervals."""
    found = mask_logits(network, [frame.pixels for frame in frames])[:, 0].numpy() > 0
    groups: dict[str, list[OverlapCounts]] = defaultdict(list)
    for frame, mask in zip(frames, found, strict=True):
        groups[frame.group].append(count_overlap(frame.mask, mask))

    measures = {name: bootstrap(list(groups.values()), partial(_mean, name)) for name in ("dice", "jaccard")}
    intervals = {name: interval.rounded() for name, interval in measures.items()}
    return {"num_frames": len(frames), "num_groups": len(groups), **intervals}


def _mean(name: str, groups: Sequence[list[OverlapCounts]]) -> float:
    return float(np.mean([getattr(counts, name) for group in groups for counts in group]))


@torch.inference_mode()
def mask_logits(network: nn.Module, pixels: Sequence[np.ndarray]) -> Tensor:
    """Return the logits of every pixel, (N, 1, H, W), on the CPU."""
    device = next(network.parameters()).device
    rows = []
    for first in range(0, len(pixels), FRAMES_AT_ONCE):
        frames = torch.from_numpy(np.stack(pixels[first : first + FRAMES_AT_ONCE])).to(device)
        rows.append(network(to_frame_input(frames)).float().cpu())
    return torch.cat(rows)
