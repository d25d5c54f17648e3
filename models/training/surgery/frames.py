"""Teaches the frame CNN what one frame can tell: the instruments, and as much of the phase as shows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from models.networks.surgical_phase import FrameDescriber, SurgicalPhaseNet
from models.training.augmentation import augment_clip
from models.training.batches import Batch, made_ahead
from models.training.steps import OnStep, StepsConfig, train_steps

PHASE_WEIGHT = 0.5
"""Of the phase's loss beside that of the instruments, which are what can really be seen."""
SEEN_WEIGHT = 3.0
"""Of an instrument that is there beside one that is not: each is absent most of the time."""


@dataclass(frozen=True, eq=False)
class LabelledFrames:
    """Single frames with what is true of them."""

    frames: np.ndarray
    """uint8 RGB, (N, H, W, 3)."""
    phases: np.ndarray
    """int64, (N,)."""
    tools: np.ndarray
    """float32, (N, number of instruments)."""


@dataclass(frozen=True)
class PhaseAndTools:
    """Outputs are logits of phases, then of tools; targets the index of the phase, then 0 or 1 for each tool."""

    num_phases: int
    score_name = "accuracy"

    def total_loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        phases, tools = outputs[:, : self.num_phases].float(), outputs[:, self.num_phases :].float()
        of_phases = F.cross_entropy(phases, targets[:, 0].long(), reduction="sum", label_smoothing=0.05)
        weights = torch.full((tools.shape[1],), SEEN_WEIGHT)
        of_tools = F.binary_cross_entropy_with_logits(tools, targets[:, 1:], pos_weight=weights, reduction="sum")
        return PHASE_WEIGHT * of_phases + of_tools

    def total_score(self, outputs: Tensor, targets: Tensor) -> float:
        return float((outputs[:, : self.num_phases].argmax(1) == targets[:, 0]).sum())

    def answers(self, outputs: Tensor) -> Tensor:
        return outputs[:, : self.num_phases].float().softmax(1)


def train_frame_cnn(
    network: SurgicalPhaseNet,
    data: LabelledFrames,
    steps: StepsConfig,
    *,
    seed: int,
    num_threads: int,
    on_step: OnStep,
) -> None:
    """Train `network.look` on single frames, and leave the running average of its weights in it.

    Raises:
        ValueError: the loss is no longer a number.
    """
    train_steps(
        network.look,
        FrameDescriber.logits,
        PhaseAndTools(network.num_classes),
        _batches(data, steps, seed),
        steps,
        read=to_frames,
        num_threads=num_threads,
        on_step=on_step,
    )


def to_frames(frames: Tensor) -> Tensor:
    """Map uint8 frames (N, H, W, 3) to what the network reads: (N, 3, H, W), (x - 127) / 128."""
    return ((frames.float() - 127) / 128).permute(0, 3, 1, 2)


@torch.inference_mode()
def describe(network: SurgicalPhaseNet, frames: Sequence[np.ndarray]) -> np.ndarray:
    """Return what the CNN says of frames, uint8 RGB (H, W, 3): float16, (N, numbers a frame)."""
    described: Tensor = network.look.eval()(to_frames(torch.from_numpy(np.stack(frames))))
    return np.asarray(described.half().numpy())


def _batches(data: LabelledFrames, steps: StepsConfig, seed: int) -> Iterator[Batch]:
    """Frames of rare phases and instruments are drawn more often than they occur, common ones less."""
    of_phases = (1 / np.sqrt(np.bincount(data.phases).clip(1)))[data.phases]
    of_tools = (data.tools / np.sqrt(data.tools.sum(0).clip(1))).max(1)
    weights = np.maximum(of_phases, 2 * of_tools)
    weights /= weights.sum()

    def make(step: int) -> Batch:
        rng = np.random.default_rng((seed, step))
        drawn = rng.choice(len(data.phases), steps.batch_size, p=weights)
        frames = np.concatenate([augment_clip(data.frames[index][None], rng) for index in drawn])
        targets = np.column_stack([data.phases[drawn], data.tools[drawn]]).astype(np.float32)
        return Batch(frames, targets)

    return made_ahead(make, range(steps.steps))
