"""The training loop of a clip classifier, to be read in one sitting."""

import copy
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.training.batches import Batch
from models.training.config import OptimiserConfig

GRADIENT_LIMIT = 5.0
MIN_FRAMES_BF16 = 17
"""Shorter clips are trained in fp32: they leave I3D's last blocks fewer than 3 steps of time, and there the bf16
gradient of a 3x3x3 convolution (oneDNN in torch 2.13) holds memory that nobody wrote."""


@dataclass(frozen=True)
class StepReport:
    """What one step of the optimiser did."""

    step: int
    loss: float
    accuracy: float
    learning_rate: float


def train_classifier(
    network: nn.Module,
    batches: Iterable[Batch],
    config: OptimiserConfig,
    *,
    on_step: Callable[[StepReport], None],
) -> nn.Module:
    """Train a network in place and return the running average of its weights, which scores better.

    Repeatable: with equal weights, batches and threads the result is equal. On a CPU that has bf16
    the activations of clips of MIN_FRAMES_BF16 or more are bf16; weights and loss stay fp32.

    Raises:
        ValueError: the loss is no longer a number.
    """
    network.to(memory_format=torch.channels_last_3d).train()  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW(_parameter_groups(network, config.weight_decay), lr=config.learning_rate)
    average = copy.deepcopy(network).eval()
    for step, batch in enumerate(batches):
        learning_rate = learning_rate_at(step, config)
        for group in optimiser.param_groups:
            group["lr"] = learning_rate
        clips, targets = to_input(torch.from_numpy(batch.frames)), torch.from_numpy(batch.targets)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=has_fast_bf16() and clips.shape[2] >= MIN_FRAMES_BF16):
            logits = network(clips)
        loss = F.cross_entropy(logits.float(), targets, label_smoothing=config.label_smoothing)
        if not torch.isfinite(loss):
            raise ValueError(f"the loss is {loss.item()} after {step} steps; lower optimiser.learning_rate")
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), GRADIENT_LIMIT)
        optimiser.step()
        _average_into(average, network, min(config.average_decay, (step + 1) / (step + 10)))
        accuracy = (logits.argmax(1) == targets).float().mean().item()
        on_step(StepReport(step, loss.item(), accuracy, learning_rate))
    return average


def learning_rate_at(step: int, config: OptimiserConfig) -> float:
    """Return the learning rate of a step: a linear warm-up, then half a cosine down to zero."""
    if step < config.warmup_steps:
        return config.learning_rate * (step + 1) / config.warmup_steps
    share = (step - config.warmup_steps) / max(config.steps - config.warmup_steps, 1)
    return config.learning_rate * 0.5 * (1 + math.cos(math.pi * share))


def to_input(frames: Tensor) -> Tensor:
    """Map uint8 frames (N, T, H, W, 3) to what the network reads: (N, 3, T, H, W), float32 in [-1, 1]."""
    return (frames.float() * (2 / 255) - 1).permute(0, 4, 1, 2, 3)  # is channels-last in memory already


def has_fast_bf16() -> bool:
    """Say whether this processor multiplies bf16 numbers itself."""
    return bool(torch.cpu._is_avx512_bf16_supported())


def _parameter_groups(network: nn.Module, weight_decay: float) -> list[dict[str, object]]:
    """Weights of convolutions decay; biases and batch norms do not."""
    parameters = list(network.parameters())
    return [
        {"params": [weight for weight in parameters if weight.ndim > 1], "weight_decay": weight_decay},
        {"params": [weight for weight in parameters if weight.ndim <= 1], "weight_decay": 0.0},
    ]


@torch.no_grad()
def _average_into(average: nn.Module, network: nn.Module, decay: float) -> None:
    for kept, new in _float_pairs(average, network):
        kept.lerp_(new, 1 - decay)


def _float_pairs(first: nn.Module, second: nn.Module) -> Iterator[tuple[Tensor, Tensor]]:
    for kept, new in zip(first.state_dict().values(), second.state_dict().values(), strict=True):
        if kept.is_floating_point():
            yield kept, new
