"""Teaches a detector, of pictures or of volumes, from labelled ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from models.detection.sampler import repeatable_draws
from models.imaging.picture_tensor import to_picture
from models.training.batches import Batch
from models.training.checkpoints import fingerprint
from models.training.config_file import RunConfig
from models.training.fitting import Stage, Validation, fit
from models.training.objectives import Objective
from models.training.phases import Show
from models.training.pictures.batches import Views, still_views
from models.training.pictures.labelled import LabelledPicture
from models.training.pictures.views import ViewConfig
from models.training.video_config import FitConfig

FEWEST_PIXELS = 6
"""Less of an object at the border of a view is not taught."""
VIEWS_A_PICTURE = 2
"""On which a network is validated."""
REGION_LOSSES = ("loss_classifier", "loss_objectness")


@dataclass(frozen=True)
class DetectorLesson:
    """How a detector is taught; what is learned from is given apart."""

    fit: FitConfig
    crop: tuple[int, ...]
    views: ViewConfig
    seed: int
    threads: int
    balance_over: str | None = None
    """As `Views` takes it."""


def train_detector(
    network: nn.Module,
    lesson: DetectorLesson,
    parts: tuple[Sequence[LabelledPicture], Sequence[LabelledPicture]],
    *,
    config: RunConfig,
    stage: str,
    folder: Path,
    show: Show,
) -> None:
    """Train a detector in place; killed, the same call goes on to the same weights.

    Args:
        network: a `RegionCnn`.
        lesson: how it is taught.
        parts: pictures to learn from, and to choose the best weights by.
        config: of the whole run, on which the result depends.
        stage: names the files in `folder`.
        folder: of checkpoint and curves.
        show: told how far it is.

    Raises:
        ValueError: training diverged, or the folder holds the state of another run.
        OSError: the disk is full.
    """
    train, validation = parts
    views = Views(train, lesson.crop, lesson.views, lesson.seed, lesson.balance_over)
    judged = still_views(validation, lesson.crop, VIEWS_A_PICTURE * len(validation))
    described = [f"{one.name} {one.pixels.sum(dtype=np.int64)} {one.layers.sum()}" for one in (*train, *validation)]
    fit(
        Stage(
            name=stage,
            network=network,
            objective=DetectorLosses(),
            config=lesson.fit,
            make_batch=partial(_batch, views, lesson.fit.batch_size),
            read=lambda tensor: tensor,
            validate=partial(_validate, views=judged),
            num_threads=lesson.threads,
            fingerprint=fingerprint(stage, config, described),
            compare=compare_objects,
        ),
        folder,
        show,
    )


@dataclass(frozen=True)
class DetectorLosses(Objective):
    """Stands for a detector's own losses, which are made while it looks; the score is what telling objects costs."""

    score_name = "class_loss"

    def total_loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return outputs.sum()

    def total_score(self, outputs: Tensor, targets: Tensor) -> float:
        return float(outputs.sum())

    def answers(self, outputs: Tensor) -> Tensor:
        return outputs


def compare_objects(network: nn.Module, views: np.ndarray, seeds: np.ndarray) -> tuple[Tensor, float]:
    """Return the losses of a detector on views, and the part of them that is about classes, both times their number."""
    device = next(network.parameters()).device
    detector: Any = network
    with repeatable_draws(int(seeds[0])):
        losses = detector.losses(
            [to_picture(view.pixels).to(device) for view in views], [to_target(view, device) for view in views]
        )
    about_classes = sum(float(losses[name].detach()) for name in REGION_LOSSES)
    return torch.stack(list(losses.values())).sum() * len(views), about_classes * len(views)


def to_target(view: LabelledPicture, device: torch.device) -> dict[str, Tensor]:
    """Return the objects of a view as a detector learns them."""
    objects = view.objects(fewest_pixels=FEWEST_PIXELS)
    return {
        "boxes": torch.from_numpy(objects.boxes).to(device),
        "labels": torch.from_numpy(objects.classes).to(device),
        "masks": torch.from_numpy(objects.masks).to(device),
    }


def _batch(views: Views, batch_size: int, step: int) -> Batch:
    drawn = views.draw(step, batch_size)
    inputs = np.empty(batch_size, object)
    inputs[:] = drawn
    return Batch(inputs, np.arange(batch_size, dtype=np.int64) + step * batch_size + (views.seed << 32))


@torch.inference_mode()
def _validate(network: nn.Module, views: Sequence[LabelledPicture]) -> Validation:
    losses = [compare_objects(network, _alone(view), np.array([index])) for index, view in enumerate(views)]
    return Validation(*(float(np.mean([float(one[kind]) for one in losses])) for kind in range(2)))


def _alone(view: LabelledPicture) -> np.ndarray:
    inputs = np.empty(1, object)
    inputs[0] = view
    return inputs
