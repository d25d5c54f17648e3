"""Trains a part of a network, such as its frame CNN, for a number of steps, and keeps their losses as CSV."""

import csv
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from pydantic import Field
from torch import Tensor, nn

from models.training.batches import Batch
from models.training.loop import StepReport, Trainee
from models.training.objectives import Objective
from models.training.phases import Show
from models.training.replicas import Precision
from models.training.schedule import ScheduleConfig

Face = Callable[[Any, Tensor], Tensor]
"""What is asked of a module in training, where that is not its `forward`."""
OnStep = Callable[[StepReport], None]


class StepsConfig(ScheduleConfig):
    """How one part of a network is trained."""

    batch_size: int = Field(ge=1)
    weight_decay: float = Field(0.02, ge=0)


def train_steps(
    part: nn.Module,
    face: Face,
    objective: Objective,
    batches: Iterable[Batch],
    steps: StepsConfig,
    *,
    read: Callable[[Tensor], Tensor] | None = None,
    num_threads: int = 1,
    precision: Precision = "auto",
    on_step: OnStep,
) -> None:
    """Train a module, and leave the running average of its weights in it; frozen weights stay as they are.

    Args:
        face: what the module makes of a batch's inputs.
        read: maps inputs as batches hold them to what `face` reads; None: they are read as they are.
        num_threads: each takes a share of every batch.

    Raises:
        ValueError: the loss is no longer a number.
    """
    taught = _Taught(part, face)
    settings: dict[str, Any] = {"num_threads": num_threads, "precision": precision}
    with closing(Trainee(taught, steps, objective, read=read or _as_they_are, **settings)) as trainee:
        for batch in batches:
            on_step(trainee.take_step(batch))
        part.load_state_dict(trainee.average.part.state_dict())  # type: ignore[union-attr]


@contextmanager
def logged_steps(path: Path, steps: ScheduleConfig, show: Show) -> Iterator[OnStep]:
    """Write the loss of every step to a CSV file, and show how far the training is."""
    with path.open("w", buffering=1, newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(("step", "loss", "accuracy", "learning_rate"))

        def log(step: StepReport) -> None:
            table.writerow((step.step, f"{step.loss:.5f}", f"{step.score:.4f}", f"{step.learning_rate:.6f}"))
            show(step.step + 1, steps.steps, f"loss {step.loss:.3f}")

        yield log


class _Taught(nn.Module):
    """A module that answers through another face."""

    def __init__(self, part: nn.Module, face: Face) -> None:
        super().__init__()
        self.part = part
        self._face = face

    def forward(self, inputs: Tensor) -> Tensor:
        return self._face(self.part, inputs)


def _as_they_are(inputs: Tensor) -> Tensor:
    return inputs
