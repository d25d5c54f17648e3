"""Teaches the memory the course of operations from what the frame CNN said of them, played longer and shorter."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from models.networks.surgical_phase import LEFT_QUANTILES, SurgicalPhaseNet
from models.training.batches import Batch, made_ahead
from models.training.steps import OnStep, StepsConfig, train_steps
from models.training.surgery.operations import IGNORED, DescribedOperation, seconds_left

SMOOTHNESS_WEIGHT, SMOOTHNESS_LIMIT = 0.4, 4.0
LEFT_WEIGHT = 0.3
"""Of the loss of the time left beside that of the phase."""
PHASE_SPREAD = 0.4
"""Standard deviation of the logarithm of the length of each phase, beside that of the whole operation."""
USUAL_SECONDS, SPREAD = 1900.0, 0.5
"""Middle, and standard deviation of the logarithm, of the length to which operations are played."""
PIECE_SECONDS = (15, 50)
"""Operations are made longer and shorter in such pieces, within which hands move at their own speed."""
KEPT_SECONDS = 30
"""The first and last so many of a phase, or a third of it, happen once: what they show marks its borders."""
LATE_START_SHARE = 0.15
"""Of the sequences begin in the middle of an operation: recordings do, and so does a worker that takes over."""
WEAK_NOISE = 0.08
"""Standard deviation of what is added to the CNN's numbers, which are of the size of one."""


@dataclass(frozen=True)
class PhaseOverTime:
    """Outputs are (N, T, phases + 3): logits, then quantiles of log(1 + seconds left); targets (N, T, 2).

    The loss is the cross-entropy of each step, the pinball loss of the quantiles, and the truncated squared difference
    of neighbouring log-probabilities that keeps a phase in one piece.

    Source of the last: Farha & Gall, "MS-TCN", CVPR 2019, arXiv:1903.01945, section 3.3; its weight there is 0.15.
    """

    num_phases: int
    score_name = "accuracy"

    def total_loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        logits, left = outputs[..., : self.num_phases], outputs[..., self.num_phases :]
        phases, wanted_left = targets[..., 0].long(), targets[..., 1]
        is_known = phases != IGNORED
        loss = F.cross_entropy(logits.flatten(0, 1), phases.flatten(), ignore_index=IGNORED)
        error = (wanted_left.log1p()[..., None] - left)[is_known]  # (M, 3)
        shares = torch.tensor(LEFT_QUANTILES)
        loss = loss + LEFT_WEIGHT * torch.maximum(shares * error, (shares - 1) * error).mean()
        jumps = logits.log_softmax(-1).diff(dim=1)[is_known[:, 1:]]  # (M, phases)
        loss = loss + SMOOTHNESS_WEIGHT * jumps.clamp(-SMOOTHNESS_LIMIT, SMOOTHNESS_LIMIT).square().mean()
        return loss * len(outputs)

    def total_score(self, outputs: Tensor, targets: Tensor) -> float:
        is_known = targets[..., 0] != IGNORED
        is_right = outputs[..., : self.num_phases].argmax(-1) == targets[..., 0]
        return float((is_right & is_known).sum() / is_known.sum() * len(outputs))

    def answers(self, outputs: Tensor) -> Tensor:
        return outputs[..., : self.num_phases].softmax(-1)


def train_memory(
    network: SurgicalPhaseNet,
    operations: Sequence[DescribedOperation],
    steps: StepsConfig,
    *,
    sequence_seconds: int,
    seed: int,
    on_step: OnStep,
) -> None:
    """Count the course of operations, and train everything else behind `network.look`: its running average is kept.

    Raises:
        ValueError: the loss is no longer a number.
    """
    network.course.count(operation.labels.phases for operation in operations)
    network.look.requires_grad_(False)
    objective = PhaseOverTime(network.num_classes)
    batches = _batches(operations, steps, sequence_seconds, seed)
    train_steps(network, _logits_and_quantiles, objective, batches, steps, precision="fp32", on_step=on_step)


def play(operation: DescribedOperation, rng: np.random.Generator, *, num_steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Return an operation with each phase made longer or shorter, cut or padded to a number of steps.

    Returns:
        described: float32, (num_steps, numbers a frame).
        targets: float32, (num_steps, 2): phase, `IGNORED` in the padding, and seconds until it ends.
    """
    chosen = _chosen_seconds(operation.labels.phases, rng, num_steps)
    if rng.random() < LATE_START_SHARE:
        chosen = chosen[int(rng.uniform(0, 0.7) * len(chosen)) :]
    phases = operation.labels.phases[chosen]
    targets = np.column_stack([phases, seconds_left(phases)]).astype(np.float32)[:num_steps]
    described = operation.described[chosen][:num_steps].astype(np.float32)
    described = described + rng.normal(0, WEAK_NOISE, described.shape).astype(np.float32)
    padding = num_steps - len(targets)
    return (
        np.pad(described, ((0, padding), (0, 0))),
        np.pad(targets, ((0, padding), (0, 0)), constant_values=((0, IGNORED), (0, 0))),
    )


def _logits_and_quantiles(network: SurgicalPhaseNet, described: Tensor) -> Tensor:
    """Return what the memory is taught to say of every step, in one tensor."""
    steps = network.recall(described)
    return torch.cat([steps.phase_logits, steps.log_left], -1)


def _chosen_seconds(phases: np.ndarray, rng: np.random.Generator, num_steps: int) -> np.ndarray:
    """Return which seconds are played: each phase longer or shorter than it was, none of them in another order."""
    borders = [0, *(np.flatnonzero(np.diff(phases)) + 1).tolist(), len(phases)]
    lengths = np.diff(borders) * np.exp(rng.normal(0, PHASE_SPREAD, len(borders) - 1))
    wanted = min(USUAL_SECONDS * np.exp(rng.normal(0, SPREAD)), num_steps)
    lengths = np.maximum(np.floor(lengths * wanted / lengths.sum()), 4).astype(int)
    parts = [
        start + _stretched(end - start, int(length), rng)
        for (start, end), length in zip(pairwise(borders), lengths, strict=True)
    ]
    return np.concatenate(parts)


def _stretched(num_seconds: int, length: int, rng: np.random.Generator) -> np.ndarray:
    """Return `length` seconds of `num_seconds`: its beginning, the middle longer or shorter, its end."""
    kept = min(KEPT_SECONDS, num_seconds // 3, length // 3)
    middle = kept + _in_pieces(num_seconds - 2 * kept, length - 2 * kept, rng)
    return np.concatenate([np.arange(kept), middle, np.arange(num_seconds - kept, num_seconds)])


def _in_pieces(num_seconds: int, length: int, rng: np.random.Generator) -> np.ndarray:
    """Return `length` seconds of `num_seconds`: pieces that overlap or leave something out, from first to last."""
    chosen: list[np.ndarray] = []
    done = 0
    while done < length:
        piece = min(int(rng.integers(*PIECE_SECONDS)), length - done, num_seconds)
        start = round(done / max(length - piece, 1) * (num_seconds - piece))
        chosen.append(start + np.arange(piece))
        done += piece
    return np.concatenate(chosen)


def _batches(
    operations: Sequence[DescribedOperation], steps: StepsConfig, sequence_seconds: int, seed: int
) -> Iterator[Batch]:
    def make(step: int) -> Batch:
        rng = np.random.default_rng((seed, step))
        drawn = rng.choice(len(operations), steps.batch_size, replace=steps.batch_size > len(operations))
        played = [play(operations[index], rng, num_steps=sequence_seconds) for index in drawn]
        return Batch(np.stack([described for described, _ in played]), np.stack([targets for _, targets in played]))

    return made_ahead(make, range(steps.steps))
