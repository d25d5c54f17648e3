"""Teaches a network to find nuclei, and writes it to disk with its card."""

import copy
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from models.networks.nuclei import NucleiNet
from models.nuclei.pipeline import Stages
from models.predictor import ModelCard
from models.training.fitting import seed_everything
from models.training.nuclei.config import NucleiConfig
from models.training.nuclei.material import normalised
from models.training.nuclei.objective import NUCLEI
from models.training.nuclei.widening.crowding import crowded
from models.training.nuclei.widening.paintings import Paintings, paint
from models.training.phases import Phases
from models.training.pictures.labelled import LabelledPicture
from models.training.pictures.lesson import Lesson
from models.training.pictures.lesson import teach as teach_pictures
from models.training.video_config import FitConfig
from models.weights import store_model

LABELS = ("nucleus",)
STAGE = "loss"
PAINTINGS = "paintings.npz"
Pictures = Sequence[LabelledPicture]


def begin_network(config: NucleiConfig) -> NucleiNet:
    """Return a network that knows ImageNet, and nothing of nuclei."""
    seed_everything(config.seed)
    return NucleiNet(**config.network_options)


def teach(
    network: NucleiNet, config: NucleiConfig, parts: tuple[Pictures, Pictures], folder: Path, phases: Phases
) -> None:
    """Train a network on pictures, choosing the weights by others.

    Raises:
        ValueError: as `fit`.
        OSError: as `fit`.
    """
    seen = [normalised(picture) for picture in parts[0]]
    learned = _widened(seen, config, folder, phases)
    _teach(network, config, (learned, [normalised(one) for one in parts[1]]), config.fit, STAGE, folder, phases)


def teach_all(network: NucleiNet, config: NucleiConfig, pictures: Pictures, folder: Path, phases: Phases) -> None:
    """Go on training on all pictures, where the configuration says so; the weights of the end are kept.

    Raises:
        ValueError: as `fit`.
        OSError: as `fit`.
    """
    if config.fit_on_all:
        seen = [normalised(picture) for picture in pictures]
        learned = _widened(seen, config, folder, phases)
        _teach(network, config, (learned, seen), config.fit_on_all, f"{STAGE}_on_all", folder, phases)


def write_model(
    network: NucleiNet, config: NucleiConfig, stages: Stages, metrics: dict[str, Any], directory: Path
) -> ModelCard:
    """Write weights, in half precision, and card into a directory and return the card."""
    card = ModelCard(
        name=config.name,
        network="nuclei",
        network_options=config.network_options,
        labels=LABELS,
        reads="picture",
        serving_options=asdict(stages),
        metrics=metrics,
        **config.card.model_dump(),
    )
    return store_model(copy.deepcopy(network).half(), card, directory)


def _teach(
    network: NucleiNet,
    config: NucleiConfig,
    parts: tuple[Pictures, Pictures],
    fit: FitConfig,
    stage: str,
    folder: Path,
    phases: Phases,
) -> None:
    lesson = Lesson(fit, config.crop, config.views, config.seed, config.threads, config.balance_over)
    with phases(stage) as show:
        teach_pictures(network, lesson, NUCLEI, parts, config=config, stage=stage, folder=folder, show=show)


def _widened(seen: Pictures, config: NucleiConfig, folder: Path, phases: Phases) -> list[LabelledPicture]:
    """Return pictures with all that widens what is learned from; paintings that lie in the folder are used again."""
    learned = [*seen, *crowded(seen, config.crowded_copies, seed=config.seed)]
    if config.paintings is None:
        return learned
    path = folder / PAINTINGS
    if not path.exists():
        paint(seen, config.paintings, seed=config.seed, phases=phases).save(path)
    return [*learned, *Paintings.load(path).as_pictures(config.balance_over)]
