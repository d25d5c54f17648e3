"""The kinds of training run that `vigil train` knows, by the value of the configuration's key `kind`."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.predictor import ModelCard
from models.training.config_file import RunConfig, read_kind
from models.training.phases import Phases

DEFAULT_KIND = "scenes"


@dataclass(frozen=True)
class TrainingKind:
    """How one kind of run reads its configuration and is carried out; each function imports what it needs."""

    load: Callable[[Path], RunConfig]
    """Reads and checks a configuration file; raises ValueError naming file and key."""
    run: Callable[[Any, Path, Phases], ModelCard]
    """Carries the configuration out, writing weights, card and curves into the folder."""


def kind_of(path: Path) -> TrainingKind:
    """Return the kind that a configuration file asks for.

    Raises:
        ValueError: the file cannot be read, or its kind is unknown.
    """
    name = read_kind(path)
    if name is None:
        name = DEFAULT_KIND
    if name not in KINDS:
        raise ValueError(f"{path}: kind: must be one of {', '.join(sorted(KINDS))}, got {name!r}")
    return KINDS[str(name)]


def _load_scenes(path: Path) -> RunConfig:
    from models.training.config import load_train_config

    return load_train_config(path)


def _run_scenes(config: Any, out: Path, phases: Phases) -> ModelCard:
    from app.training.scene_run import run_scenes

    return run_scenes(config, out, phases)


KINDS: dict[str, TrainingKind] = {
    DEFAULT_KIND: TrainingKind(_load_scenes, _run_scenes),
}
