"""A training run on a user's own volumes; those that were annotated in part are labelled whole at its end."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from app.imaging.volume_results import write_volume_results
from app.training.curve_pictures import draw_curves
from app.training.volume_reading import open_source, read_taught
from models.imaging.answer import ImagingModel
from models.imaging.finished import finish
from models.predictor import ModelCard
from models.training.phases import Phases, Show, shown
from models.training.volumes.config import VolumesConfig, VolumeSource
from models.training.volumes.patches import TaughtVolume
from models.training.volumes.run import card_of, judge, serve, summarise, train_network, write_model
from stream.errors import StreamError

DENSE = "dense"
"""Folder of the volumes that were annotated in part, labelled whole."""


def run_volumes(config: VolumesConfig, out: Path, phases: Phases) -> ModelCard:
    """Carry out a training run and return the model's card.

    Writes into `out`: `<name>.safetensors` and `<name>.json` (the card), curves as CSV and PNG, the checkpoint from
    which a killed run goes on, and in `dense/` the label map of every training volume that was annotated in part.

    Raises:
        ValueError: a volume or its labels cannot be used, the network's options are wrong, or training diverged.
        OSError: the disk is full.
    """
    with phases("reading") as show:
        read = _read_parts(config, show)
    _require_one_kind([volume for volumes in read.values() for volume in volumes])
    with phases("training") as show:
        network = train_network(config, read["train"], read["validation"], out, show)
    draw_curves(out)
    card = card_of(config, read["train"], {})
    model = serve(network, card, threads=config.threads)
    judged = list(zip(config.test, read["test"], strict=True)) or list(zip(config.train, read["train"], strict=True))
    partly = [source for source, one in zip(config.train, read["train"], strict=True) if not (one.weights > 0).all()]
    labels: dict[str, np.ndarray] = {}
    with phases("labelling") as show:
        asked = {source.image: source for source in (*(source for source, _ in judged), *partly)}
        for location, source in shown(list(asked.items()), show):
            labels[location] = _label(model, source)
    for source in partly:
        _write_dense(source, labels[source.image], card, out)
    outcomes = [judge(one.name, labels[source.image], one, len(config.labels)) for source, one in judged]
    about = "volumes for testing" if config.test else "what was annotated for training, which it has seen"
    metrics = {"measured_on": about, **summarise(outcomes, config.labels)}
    return write_model(network, replace(card, metrics=metrics), out)


def _read_parts(config: VolumesConfig, show: Show) -> dict[str, list[TaughtVolume]]:
    parts = {"train": config.train, "validation": config.validation, "test": config.test}
    total, done = sum(map(len, parts.values())), 0
    read: dict[str, list[TaughtVolume]] = {name: [] for name in parts}
    for name, sources in parts.items():
        for source in sources:
            read[name].append(_read(source, config))
            done += 1
            show(done, total)
    return read


def _read(source: VolumeSource, config: VolumesConfig) -> TaughtVolume:
    try:
        return read_taught(source, config)
    except StreamError as error:
        raise ValueError(str(error)) from error


def _label(model: ImagingModel, source: VolumeSource) -> np.ndarray:
    with TemporaryDirectory(prefix="vigil-") as scratch:
        labels = finish(model.read(open_source(source), scratch=Path(scratch))).labels
    if labels is None:
        raise ValueError(f"{model.name} must give a label map of {source.image}, it gives none")
    return labels


def _write_dense(source: VolumeSource, labels: np.ndarray, card: ModelCard, out: Path) -> None:
    folder = out / DENSE
    folder.mkdir(exist_ok=True)
    names = dict(enumerate(card.labels[1:], start=1))
    write_volume_results(folder, stem_of(source.image), open_source(source), labels, names)


def stem_of(location: str) -> str:
    """Return what the results of a volume are called: its file's name without suffix, and its data set."""
    path, _, selector = location.partition("#")
    stem = Path(path).name.split(".")[0]
    return "_".join(part for part in (stem, selector.replace("/", "_").replace(":", "_")) if part)


def _require_one_kind(volumes: Sequence[TaughtVolume]) -> None:
    counts = {volume.name: len(volume.voxels) for volume in volumes}
    if len(set(counts.values())) > 1:
        listed = ", ".join(f"{name}: {count}" for name, count in counts.items())
        raise ValueError(f"required volumes with as many channels each, found {listed}")
