"""The parts of a training run on volumes, from what was annotated to a model on disk with its card."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from models.evaluation.bootstrap import bootstrap
from models.evaluation.overlap import OverlapCounts, count_overlap
from models.imaging.answer import ImagingModel
from models.networks.unet3d_original import UNet3DOriginal
from models.predictor import ModelCard
from models.predictors.volume_segmenter import SegmenterOptions, VolumeSegmenter
from models.predictors.volume_tiles import TiledSegmenter
from models.registry import build_network
from models.runtime.options import RuntimeOptions
from models.runtime.preparing import prepare_for_inference
from models.training.checkpoints import fingerprint
from models.training.fitting import seed_everything
from models.training.phases import Show
from models.training.volumes.config import VolumesConfig
from models.training.volumes.mean_teacher import ConsistentVoxels, MeanTeacher, PairedBatches, student_of
from models.training.volumes.objective import LabelledVoxels
from models.training.volumes.patches import PatchBatches, TaughtVolume
from models.training.volumes.teaching import as_stored, teach
from models.weights import store_model

VALIDATION_STEPS = 4
"""Batches of patches of which a validation is made."""
PREPROCESSING = "values less their mean over the volume, divided by their deviation"


@dataclass(frozen=True, eq=False)
class JudgedVolume:
    """One volume, answered: overlaps of each class but the background, among the voxels that somebody labelled."""

    name: str
    overlaps: tuple[OverlapCounts, ...]


def train_network(
    config: VolumesConfig,
    taught: Sequence[TaughtVolume],
    validation: Sequence[TaughtVolume],
    folder: Path,
    show: Show,
) -> nn.Module:
    """Return the trained network, its weights as they will be stored.

    Args:
        config: of the run.
        taught: volumes to learn from.
        validation: volumes to hold it against; none: those that it learns from, as they are.
        folder: for curves and checkpoint.
        show: is told how far it is.

    Raises:
        ValueError: the network's options are wrong, or as `teach`.
        OSError: as `teach`.
    """
    seed_everything(config.seed)
    network = build_network(config.network, **network_options(config, taught))
    is_tiled = config.network == "unet3d_original"
    margins = UNet3DOriginal.tile_shape.margins if is_tiled else (0, 0, 0)
    shared: dict[str, Any] = {"size": patch_size(config), "batch_size": config.fit.batch_size, "margins": margins}
    batches = PatchBatches(taught, seed=config.seed, bend=config.bend, shades=config.shades, **shared)
    held = PatchBatches(validation or taught, seed=config.seed + 1, **shared)
    labelled = LabelledVoxels(config.dice_share)
    objective: LabelledVoxels | ConsistentVoxels = labelled
    make_batch: Callable[[int], Any] = batches.make
    if config.consistency:
        network = MeanTeacher(network, config.consistency.decay)
        objective = ConsistentVoxels(labelled, len(config.labels))
        make_batch = PairedBatches(batches, config.consistency.weight, config.consistency.ramp_steps).make
    teach(
        network,
        objective,
        make_batch,
        [held.make(step) for step in range(VALIDATION_STEPS)],
        config.fit,
        num_threads=config.threads,
        fingerprint=fingerprint("loss", config, map(_description, (*taught, *validation))),
        folder=folder,
        show=show,
    )
    return as_stored(student_of(network))


def network_options(config: VolumesConfig, taught: Sequence[TaughtVolume]) -> dict[str, Any]:
    """Return the options of the network, which reads the volumes' channels and knows the labels."""
    return {**config.network_options, "in_channels": len(taught[0].voxels), "num_classes": len(config.labels)}


def patch_size(config: VolumesConfig) -> tuple[int, int, int]:
    """Return what a network sees at once; one of valid convolutions gives `config.patch` of it, or a little more."""
    if config.network == "unet3d":
        return config.patch
    shape = UNet3DOriginal.tile_shape
    depth, height, width = shape.input_for(shape.output_covering(config.patch))
    return depth, height, width


def card_of(config: VolumesConfig, taught: Sequence[TaughtVolume], metrics: dict[str, Any]) -> ModelCard:
    """Return the card of a run."""
    is_tiled = config.network == "unet3d_original"
    serving: dict[str, Any] = {"tile": config.patch} if is_tiled else {"window": config.patch, "intensity": "standard"}
    labelled = sum(int((one.weights > 0).sum()) for one in taught) / sum(one.weights.size for one in taught)
    return ModelCard(
        name=config.name,
        network=config.network,
        network_options=network_options(config, taught),
        serving_options=serving,
        reads="volume",
        labels=config.labels,
        preprocessing=PREPROCESSING,
        training=f"On {len(taught)} volume(s), {labelled:.1%} of whose voxels were labelled, by vigil train: "
        f"{config.fit.steps} steps, patches of {' x '.join(map(str, config.patch))} voxels"
        + (", unlabelled voxels by consistency (mean teacher)." if config.consistency else "."),
        metrics=metrics,
        **config.card.model_dump(),
    )


def serve(network: nn.Module, card: ModelCard, *, threads: int = 0) -> ImagingModel:
    """Return a trained network as a model that reads whole volumes."""
    channels, outputs = card.network_options["in_channels"], len(card.labels)
    if card.network == "unet3d_original":
        tile = tuple(card.serving_options["tile"])
        return TiledSegmenter(card, network, tile=tile, num_channels=channels, num_outputs=outputs)  # type: ignore[arg-type]
    options = SegmenterOptions.of(card)
    example = torch.zeros(1, channels, *options.window)
    ready = prepare_for_inference(network, example, RuntimeOptions(device="cpu", threads=threads, backend="torch"))
    return VolumeSegmenter(card, ready, options, num_outputs=outputs)


def judge(name: str, labels: np.ndarray, taught: TaughtVolume, num_classes: int) -> JudgedVolume:
    """Hold labels, (D, H, W), against the truth where somebody labelled it."""
    counts = taught.weights > 0
    true, found = taught.targets[counts], labels[counts]
    return JudgedVolume(name, tuple(count_overlap(true == one, found == one) for one in range(1, num_classes)))


def summarise(judged: Sequence[JudgedVolume], labels: Sequence[str]) -> dict[str, Any]:
    """Return Dice and IoU of each class as plain JSON values; 95 % bootstrap over volumes."""
    metrics: dict[str, Any] = {"num_volumes": len(judged)}
    for index, label in enumerate(labels[1:]):
        for name in ("dice", "jaccard"):
            values = [float(getattr(one.overlaps[index], name)) for one in judged]
            metrics[f"{label}_{name}"] = bootstrap(values, lambda some: float(np.mean(some))).rounded()
    return metrics


def write_model(network: nn.Module, card: ModelCard, out: Path) -> ModelCard:
    """Write weights, in half precision, and card."""
    return store_model(network.half(), card, out)


def _description(volume: TaughtVolume) -> str:
    return f"{volume.name} {volume.size} {float(volume.weights.sum()):.3f} {float(volume.targets.sum()):.0f}"
