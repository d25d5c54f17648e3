"""One stage of training: steps, validations, checkpoints, early stop; killed at any time, it ends as if it had not."""

import math
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from models.training.batches import Batch, as_it_is, made_ahead
from models.training.checkpoints import Progress, copy_weights, load_checkpoint, save_checkpoint
from models.training.curves import CurveTable
from models.training.loop import Trainee
from models.training.objectives import Objective
from models.training.phases import Show
from models.training.replicas import Compare
from models.training.video_config import FitConfig


@dataclass(frozen=True)
class Validation:
    """How well a network does on what it is not trained on."""

    loss: float
    score: float


@torch.inference_mode()
def validate_on(
    network: nn.Module,
    objective: Objective,
    batches: Iterable[Batch],
    read: Callable[[Tensor], Tensor] = as_it_is,
    compare: Compare | None = None,
) -> Validation:
    """Return the means over all samples of some batches, of which there is at least one; else as `Replicas` takes."""
    loss, score, count = 0.0, 0.0, 0
    for batch in batches:
        losses, scores = (
            compare(network, batch.inputs, batch.targets) if compare else _compare(network, objective, batch, read)
        )
        loss, score, count = loss + float(losses), score + scores, count + len(batch.targets)
    return Validation(loss / count, score / count)


def _compare(
    network: nn.Module, objective: Objective, batch: Batch, read: Callable[[Tensor], Tensor]
) -> tuple[Tensor, float]:
    outputs, targets = network(read(torch.from_numpy(batch.inputs))), torch.from_numpy(batch.targets)
    return objective.total_loss(outputs, targets), objective.total_score(outputs, targets)


@dataclass(frozen=True, eq=False)
class Stage:
    """What is trained on what."""

    name: str
    """Names the stage's files: `<name>.csv`, `<name>_validation.csv` and the checkpoint."""
    network: nn.Module
    objective: Objective
    config: FitConfig
    make_batch: Callable[[int], Batch]
    """Makes the batch of a step, from the step alone."""
    read: Callable[[Tensor], Tensor]
    """As `Replicas` takes it."""
    validate: Callable[[nn.Module], Validation]
    num_threads: int
    fingerprint: str
    """Changes with whatever would make another result: a checkpoint of another one is refused."""
    compare: Compare | None = None
    """As `Replicas` takes it."""


def fit(stage: Stage, folder: Path, show: Show) -> Progress:
    """Train a stage's network; in the end it holds the weights that did best on validation.

    Started again on the same folder, it goes on from the last checkpoint, and ends with the same weights as if
    nothing had been in between; a finished stage only loads them.

    Raises:
        ValueError: the loss is no longer a number, or the folder holds the state of another run.
        OSError: the folder cannot be written to; the last checkpoint is still there.
    """
    trainee = Trainee(
        stage.network,
        stage.config,
        stage.objective,
        num_threads=stage.num_threads,
        read=stage.read,
        precision=stage.config.precision,
        gradient_limit=stage.config.gradient_limit,
        compare=stage.compare,
    )
    with closing(trainee):
        best, progress = _load_or_begin(stage, trainee, folder)
        if progress.is_finished:
            show(trainee.step, trainee.step, "finished before")
        else:
            best = _Fitting(stage, trainee, folder, best, progress).run(show)
    stage.network.load_state_dict(best)
    stage.network.eval()
    return progress


def checkpoint_path(folder: Path, name: str) -> Path:
    """Return where the state of a stage lies."""
    return folder / f"{name}.checkpoint.safetensors"


def _load_or_begin(stage: Stage, trainee: Trainee, folder: Path) -> tuple[dict[str, Tensor], Progress]:
    path = checkpoint_path(folder, stage.name)
    if path.exists():
        return load_checkpoint(path, trainee, stage.fingerprint)
    return copy_weights(trainee.average), Progress()


class _Fitting:
    """The stage under way."""

    def __init__(
        self, stage: Stage, trainee: Trainee, folder: Path, best: dict[str, Tensor], progress: Progress
    ) -> None:
        self._stage, self._trainee, self._folder = stage, trainee, folder
        self._best, self._progress = best, progress
        score = stage.objective.score_name
        self._steps = CurveTable(
            folder / f"{stage.name}.csv", ("loss", score, "learning_rate"), first_step=trainee.step
        )
        self._validations = CurveTable(
            folder / f"{stage.name}_validation.csv", ("loss", score), first_step=trainee.step + 1
        )

    def run(self, show: Show) -> dict[str, Tensor]:
        """Return the best weights."""
        config, trainee = self._stage.config, self._trainee
        with closing(self._steps), closing(self._validations):
            try:
                for batch in made_ahead(self._stage.make_batch, range(trainee.step, config.steps)):
                    report = trainee.take_step(batch)
                    self._steps.add(report.step, report.loss, report.score, report.learning_rate)
                    if trainee.step % config.validate_every == 0 or trainee.step == config.steps:
                        self._validate()
                    show(trainee.step, config.steps, self._note(report.loss))
                    if self._progress.num_worse >= config.patience:
                        break
                    if trainee.step % config.checkpoint_every == 0:
                        self._save()
                self._progress.is_finished = True
                self._save()
            except OSError as error:
                raise OSError(error.errno, f"{error.strerror}; {self._how_to_go_on()}", str(self._folder)) from error
            except ValueError as error:
                raise ValueError(f"{error}; {self._how_to_go_on()}") from error
        return self._best

    def _validate(self) -> None:
        progress = self._progress
        found = self._stage.validate(self._trainee.average)
        if not math.isfinite(found.loss):
            raise ValueError(f"the validation loss is {found.loss} after {self._trainee.step} steps")
        self._validations.add(self._trainee.step, found.loss, found.score)
        if progress.best_value is None or found.loss < progress.best_value:
            progress.best_value, progress.best_step, progress.num_worse = found.loss, self._trainee.step, 0
            self._best = copy_weights(self._trainee.average)
        else:
            progress.num_worse += 1

    def _save(self) -> None:
        path = checkpoint_path(self._folder, self._stage.name)
        save_checkpoint(path, self._trainee, self._best, self._progress, self._stage.fingerprint)

    def _note(self, loss: float) -> str:
        best = self._progress.best_value
        return f"loss {loss:.3f}" + (f", best validation {best:.3f}" if best is not None else "")

    def _how_to_go_on(self) -> str:
        if checkpoint_path(self._folder, self._stage.name).exists():
            return f"{self._folder} keeps the state of an earlier step: the same command goes on from there"
        return "nothing was kept yet: the same command begins anew"


def seed_everything(seed: int) -> None:
    """Let whatever follows repeat: random weights, dropout, and the order of additions."""
    torch.use_deterministic_algorithms(True, warn_only=torch.cuda.is_available())
    torch.manual_seed(seed)
