"""The training loop of a clip classifier, to be read in one sitting."""

import copy
import math
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass

import torch
from torch import nn

from models.training.batches import Batch
from models.training.config import OptimiserConfig
from models.training.replicas import Replicas

GRADIENT_LIMIT = 5.0


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
    num_threads: int = 1,
    on_step: Callable[[StepReport], None],
) -> nn.Module:
    """Train a network in place and return the running average of its weights, which scores better.

    Repeatable: with equal weights, batches and threads the result is equal.

    Args:
        num_threads: Each takes a share of every batch.

    Raises:
        ValueError: the loss is no longer a number.
    """
    network.to(memory_format=torch.channels_last_3d).train()  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW(_parameter_groups(network, config.weight_decay), lr=config.learning_rate)
    average = copy.deepcopy(network).eval()
    with closing(Replicas(network, num_replicas=num_threads, label_smoothing=config.label_smoothing)) as replicas:
        for step, batch in enumerate(batches):
            learning_rate = learning_rate_at(step, config)
            for group in optimiser.param_groups:
                group["lr"] = learning_rate
            share = replicas.compute_gradients(batch.frames, batch.targets)
            if not math.isfinite(share.loss):
                raise ValueError(f"the loss is {share.loss} after {step} steps; lower optimiser.learning_rate")
            nn.utils.clip_grad_norm_(network.parameters(), GRADIENT_LIMIT)
            optimiser.step()
            _average_into(average, network, min(config.average_decay, (step + 1) / (step + 10)))
            on_step(StepReport(step, share.loss, share.num_right / share.num_clips, learning_rate))
    return average


def learning_rate_at(step: int, config: OptimiserConfig) -> float:
    """Return the learning rate of a step: a linear warm-up, then half a cosine down to zero."""
    if step < config.warmup_steps:
        return config.learning_rate * (step + 1) / config.warmup_steps
    share = (step - config.warmup_steps) / max(config.steps - config.warmup_steps, 1)
    return config.learning_rate * 0.5 * (1 + math.cos(math.pi * share))


def _parameter_groups(network: nn.Module, weight_decay: float) -> list[dict[str, object]]:
    """Weights of convolutions decay; biases and batch norms do not."""
    parameters = list(network.parameters())
    return [
        {"params": [weight for weight in parameters if weight.ndim > 1], "weight_decay": weight_decay},
        {"params": [weight for weight in parameters if weight.ndim <= 1], "weight_decay": 0.0},
    ]


@torch.no_grad()
def _average_into(average: nn.Module, network: nn.Module, decay: float) -> None:
    for kept, new in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
        if kept.is_floating_point():
            kept.lerp_(new, 1 - decay)
