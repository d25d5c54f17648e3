"""What a detector learns, of pictures or of volumes: the objects that people marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from models.detection.sampler import repeatable_draws
from models.imaging.picture_tensor import to_picture
from models.training.batches import Batch
from models.training.objectives import Objective
from models.training.pictures.labelled import LabelledPicture
from models.training.pictures.lesson import Subject

FEWEST_PIXELS = 6
"""Less of an object at the border of a view is not taught."""
REGION_LOSSES = ("loss_classifier", "loss_objectness")


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


def _batch(views: Sequence[LabelledPicture], first: int) -> Batch:
    inputs = np.empty(len(views), object)
    inputs[:] = views
    return Batch(inputs, first + np.arange(len(views), dtype=np.int64))


OBJECTS = Subject(DetectorLosses(), _batch, compare=compare_objects)
"""Which objects there are, and where: for a `RegionCnn`."""
