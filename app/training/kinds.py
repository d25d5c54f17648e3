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


def _load_surgical_phase(path: Path) -> RunConfig:
    from models.training.surgery.config import load_surgical_phase_config

    return load_surgical_phase_config(path)


def _run_surgical_phase(config: Any, out: Path, phases: Phases) -> ModelCard:
    from app.training.surgical_phase import run_surgical_phase

    return run_surgical_phase(config, out, phases)


def _load_classification(path: Path) -> RunConfig:
    from models.training.video_config import ClassificationConfig, load_video_config

    return load_video_config(path, ClassificationConfig)


def _load_regression(path: Path) -> RunConfig:
    from models.training.video_config import RegressionConfig, load_video_config

    return load_video_config(path, RegressionConfig)


def _run_on_videos(config: Any, out: Path, phases: Phases) -> ModelCard:
    from app.training.video_run import run_on_videos

    return run_on_videos(config, out, phases)


def _load_echo(path: Path) -> RunConfig:
    from models.training.echo.config import load_echo_config

    return load_echo_config(path)


def _run_echo(config: Any, out: Path, phases: Phases) -> ModelCard:
    from app.training.echo_run import run_echo

    return run_echo(config, out, phases)


def _load_fusion(path: Path) -> RunConfig:
    from models.training.fusion import FusionConfig
    from models.training.video_config import load_video_config

    return load_video_config(path, FusionConfig)


def _run_fusion(config: Any, out: Path, phases: Phases) -> ModelCard:
    from app.training.fusion_run import run_fusion

    return run_fusion(config, out, phases)


def _load_mobility(path: Path) -> RunConfig:
    from models.training.mobility.config import load_mobility_config

    return load_mobility_config(path)


def _run_mobility(config: Any, out: Path, phases: Phases) -> ModelCard:
    from app.training.mobility_run import run_mobility

    return run_mobility(config, out, phases)


def _load_segmentation(path: Path) -> RunConfig:
    from models.training.video_config import SegmentationConfig, load_video_config

    return load_video_config(path, SegmentationConfig)


def _run_segmentation(config: Any, out: Path, phases: Phases) -> ModelCard:
    from app.training.segmentation_run import run_segmentation

    return run_segmentation(config, out, phases)


KINDS: dict[str, TrainingKind] = {
    "echo_ef": TrainingKind(_load_echo, _run_echo),
    DEFAULT_KIND: TrainingKind(_load_scenes, _run_scenes),
    "classification": TrainingKind(_load_classification, _run_on_videos),
    "fusion": TrainingKind(_load_fusion, _run_fusion),
    "mobility": TrainingKind(_load_mobility, _run_mobility),
    "regression": TrainingKind(_load_regression, _run_on_videos),
    "segmentation": TrainingKind(_load_segmentation, _run_segmentation),
    "surgical_phase": TrainingKind(_load_surgical_phase, _run_surgical_phase),
}
