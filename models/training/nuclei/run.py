"""The parts of a training run for nuclei, from labelled pictures to a model on disk with its card."""

import copy
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from models.detection.found import FoundObjects, instance_layer
from models.evaluation.instances import InstanceOverlap, instance_overlap
from models.imaging.finished import finish
from models.networks.nuclei import NucleiNet
from models.nuclei.pipeline import Stages, find_nuclei
from models.predictor import ModelCard
from models.training.fitting import seed_everything
from models.training.nuclei.config import NucleiConfig
from models.training.nuclei.material import normalised, rims_and_insides
from models.training.phases import Phases, Show
from models.training.pictures.detector import OBJECTS
from models.training.pictures.judging import judge_instances
from models.training.pictures.labelled import LabelledPicture
from models.training.pictures.lesson import Lesson
from models.training.pictures.lesson import teach as teach_pictures
from models.training.pictures.parts import Parts
from models.training.pictures.segmenter import pixel_classes
from models.training.video_config import FitConfig
from models.weights import store_model

LABELS = ("nucleus",)
Pictures = Sequence[LabelledPicture]
ABLATIONS = {
    "all_stages": Stages(),
    "without_refinement": Stages(refines=False),
    "without_finer_scale": Stages(finer_scales=()),
    "without_mirrored_looks": Stages(num_mirrors=1, num_outlines=1),
    "without_scale_estimate": Stages(finds_scale=False),
    "mask_rcnn_alone": Stages(finds_scale=False, num_mirrors=1, finer_scales=(), refines=False),
}
"""Ways of finding nuclei that are measured against each other."""


def begin_network(config: NucleiConfig) -> NucleiNet:
    """Return both networks with random weights."""
    seed_everything(config.seed)
    return NucleiNet(**config.network_options)


def teach(
    network: NucleiNet, config: NucleiConfig, parts: tuple[Pictures, Pictures], folder: Path, phases: Phases
) -> None:
    """Train both networks on pictures, choosing the weights by others.

    Raises:
        ValueError: as `fit`.
        OSError: as `fit`.
    """
    seen = tuple([normalised(picture) for picture in part] for part in parts)
    _teach(network, config, (seen[0], seen[1]), (config.finder, config.outliner), "", folder, phases)


def teach_all(network: NucleiNet, config: NucleiConfig, pictures: Pictures, folder: Path, phases: Phases) -> None:
    """Go on training on all pictures, where the configuration says so; the weights of the end are kept.

    Raises:
        ValueError: as `fit`.
        OSError: as `fit`.
    """
    seen = [normalised(picture) for picture in pictures]
    fits = config.finder_on_all, config.outliner_on_all
    if fits[0] and fits[1]:
        _teach(network, config, (seen, seen), (fits[0], fits[1]), "_on_all", folder, phases)


def overlaps_of(
    network: NucleiNet, pictures: Pictures, show: Show, stages: Stages | None = None
) -> list[InstanceOverlap]:
    """Return how the nuclei that are found overlap the true ones, of each picture."""
    overlaps = []
    for done, picture in enumerate(pictures, start=1):
        found: FoundObjects = finish(find_nuclei(network.eval(), picture.pixels, stages))
        overlaps.append(instance_overlap(picture.layers[0], instance_layer(found, picture.size)))
        show(done, len(pictures))
    return overlaps


def measure_stages(network: NucleiNet, pictures: Pictures, phases: Phases) -> dict[str, Any]:
    """Return the scores with all stages, of every kind of picture by itself, and without each of the stages."""
    metrics: dict[str, Any] = {}
    for name, stages in ABLATIONS.items():
        with phases(name) as show:
            overlaps = overlaps_of(network, pictures, show, stages)
        if stages == Stages():
            metrics |= judge_instances(overlaps) | {"by_kind": _by_kind(pictures, overlaps)}
        metrics[name] = _brief(overlaps)
    return metrics


def kinds_of(parts: Parts) -> dict[str, str]:
    """Return how many pictures of each kind every part holds, in words."""
    counts = {part: Counter(map(_kind_of, pictures)) for part, pictures in parts.items()}
    return {part: ", ".join(f"{count} {kind}" for kind, count in sorted(of.items())) for part, of in counts.items()}


def write_model(network: NucleiNet, config: NucleiConfig, metrics: dict[str, Any], directory: Path) -> ModelCard:
    """Write weights, in half precision, and card into a directory and return the card."""
    card = ModelCard(
        name=config.name,
        network="nuclei",
        network_options=config.network_options,
        labels=LABELS,
        reads="picture",
        metrics=metrics,
        **config.card.model_dump(),
    )
    return store_model(copy.deepcopy(network).half(), card, directory)


def _by_kind(pictures: Pictures, overlaps: Sequence[InstanceOverlap]) -> dict[str, dict[str, float]]:
    kinds = [_kind_of(picture) for picture in pictures]
    return {
        kind: _brief([one for one, other in zip(overlaps, kinds, strict=True) if other == kind])
        for kind in sorted(set(kinds))
    }


def _brief(overlaps: Sequence[InstanceOverlap]) -> dict[str, float]:
    """Return the scores without intervals."""
    return {
        "num_pictures": len(overlaps),
        "dsb_score": round(float(np.mean([one.dsb_score for one in overlaps])), 4),
        "score_iou50": round(float(np.mean([one.score(0.5) for one in overlaps])), 4),
        "score_iou75": round(float(np.mean([one.score(0.75) for one in overlaps])), 4),
    }


def _kind_of(picture: LabelledPicture) -> str:
    return picture.groups.get("kind", "unknown")


def _teach(
    network: NucleiNet,
    config: NucleiConfig,
    parts: tuple[Pictures, Pictures],
    fits: tuple[FitConfig, FitConfig],
    ending: str,
    folder: Path,
    phases: Phases,
) -> None:
    lesson = Lesson(fits[0], config.crop, config.views, config.seed, config.threads, config.balance_over)
    outlining = pixel_classes(network.outliner, replace(lesson, fit=fits[1]), "equal", rims_and_insides)
    taught = {"finder": (network.finder, (lesson, OBJECTS)), "outliner": (network.outliner, outlining)}
    for name, (part, how) in taught.items():
        with phases(name + ending) as show:
            teach_pictures(part, *how, parts, config=config, stage=name + ending, folder=folder, show=show)
