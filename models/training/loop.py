"""The training loop, to be read in one sitting."""

import copy
import math
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models.training.batches import Batch
from models.training.config import OptimiserConfig
from models.training.objectives import Objective, OneLabel
from models.training.replicas import Compare, Precision, Replicas
from models.training.schedule import ScheduleConfig

GRADIENT_LIMIT = 5.0


@dataclass(frozen=True)
class StepReport:
    """What one step of the optimiser did."""

    step: int
    loss: float
    score: float
    """Mean over the batch of what the objective calls its score."""
    learning_rate: float


def train_classifier(
    network: nn.Module,
    batches: Iterable[Batch],
    config: OptimiserConfig,
    *,
    objective: Objective | None = None,
    num_threads: int = 1,
    on_step: Callable[[StepReport], None],
) -> nn.Module:
    """Train a network in place and return the running average of its weights, which scores better.

    Repeatable: with equal weights, batches and threads the result is equal.

    Args:
        objective: None: one label a sample.
        num_threads: Each takes a share of every batch.

    Raises:
        ValueError: the loss is no longer a number.
    """
    objective = objective or OneLabel(config.label_smoothing)
    with closing(Trainee(network, config, objective, num_threads=num_threads)) as trainee:
        for batch in batches:
            on_step(trainee.take_step(batch))
        return trainee.average


class Trainee:
    """A network in training: its weights, their running average, and what the optimiser remembers."""

    def __init__(
        self,
        network: nn.Module,
        schedule: ScheduleConfig,
        objective: Objective,
        *,
        num_threads: int = 1,
        read: Callable[[Tensor], Tensor] | None = None,
        precision: Precision = "auto",
        gradient_limit: float = GRADIENT_LIMIT,
        compare: Compare | None = None,
    ) -> None:
        """`read`, `precision`, `compare`: as `Replicas` takes them."""
        _arrange(network)
        self.network = network.train()
        self.average = copy.deepcopy(network).eval()
        self.optimiser = torch.optim.AdamW(_parameter_groups(network, schedule.weight_decay), lr=schedule.learning_rate)
        self.step = 0
        """Steps taken so far."""
        self._schedule = schedule
        self._gradient_limit = gradient_limit
        self._replicas = Replicas(
            network, objective, num_replicas=num_threads, read=read, precision=precision, compare=compare
        )

    def take_step(self, batch: Batch) -> StepReport:
        """Change the weights a little, towards what the batch asks for.

        Raises:
            ValueError: the loss is no longer a number; the weights are as they were.
        """
        learning_rate = learning_rate_at(self.step, self._schedule)
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate
        share = self._replicas.compute_gradients(batch.inputs, batch.targets)
        if not math.isfinite(share.loss):
            raise ValueError(f"the loss is {share.loss} after {self.step} steps; lower the learning rate")
        nn.utils.clip_grad_norm_(self.network.parameters(), self._gradient_limit)
        self.optimiser.step()
        _average_into(self.average, self.network, min(self._schedule.average_decay, (self.step + 1) / (self.step + 10)))
        self.step += 1
        return StepReport(self.step - 1, share.loss, share.score / share.num_clips, learning_rate)

    def close(self) -> None:
        """End the threads."""
        self._replicas.close()


def learning_rate_at(step: int, schedule: ScheduleConfig) -> float:
    """Return the learning rate of a step: a linear warm-up, then half a cosine down to zero."""
    if step < schedule.warmup_steps:
        return schedule.learning_rate * (step + 1) / schedule.warmup_steps
    share = (step - schedule.warmup_steps) / max(schedule.steps - schedule.warmup_steps, 1)
    return schedule.learning_rate * 0.5 * (1 + math.cos(math.pi * share))


def _arrange(network: nn.Module) -> None:
    """Lay weights out as convolutions read them fastest; a network of both 2D and 3D ones stays as it is."""
    dimensions = {parameter.ndim for parameter in network.parameters()} & {4, 5}
    if dimensions == {5}:
        network.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
    elif dimensions == {4}:
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def _parameter_groups(network: nn.Module, weight_decay: float) -> list[dict[str, object]]:
    """Weights of convolutions decay; biases and batch norms do not. Frozen weights are left out."""
    parameters = [weight for weight in network.parameters() if weight.requires_grad]
    return [
        {"params": [weight for weight in parameters if weight.ndim > 1], "weight_decay": weight_decay},
        {"params": [weight for weight in parameters if weight.ndim <= 1], "weight_decay": 0.0},
    ]


@torch.no_grad()
def _average_into(average: nn.Module, network: nn.Module, decay: float) -> None:
    for kept, new in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
        if kept.is_floating_point():
            kept.lerp_(new, 1 - decay)
