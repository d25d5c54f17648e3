"""Teaches a network that gives every pixel, or voxel, a class, from labelled pictures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from models.segmentation.border_weights import balance_weights, border_weights
from models.segmentation.losses import weighted_cross_entropy
from models.segmentation.network_input import to_network_input
from models.training.batches import Batch
from models.training.checkpoints import fingerprint
from models.training.config_file import RunConfig
from models.training.fitting import Stage, Validation, fit
from models.training.phases import Show
from models.training.pictures.batches import Views, still_views
from models.training.pictures.labelled import UNKNOWN, LabelledPicture
from models.training.pictures.views import ViewConfig
from models.training.video_config import FitConfig

Weighting = Literal["equal", "classes", "borders"]
"""What a pixel counts: all alike, every class alike, or more in the gaps between objects that nearly touch."""
ClassesOf = Callable[[LabelledPicture], np.ndarray]
VIEWS_A_PICTURE = 2


def class_map_of(picture: LabelledPicture) -> np.ndarray:
    """Return the class of every pixel, as it is labelled."""
    return picture.class_map


@dataclass(frozen=True)
class SegmenterLesson:
    """How a network for pixels is taught; what is learned from is given apart."""

    fit: FitConfig
    crop: tuple[int, ...]
    """Of the output; what the network sees may be larger."""
    views: ViewConfig
    weighting: Weighting
    seed: int
    threads: int
    classes_of: ClassesOf = class_map_of
    """Gives the classes that shall be learned of a picture, int64, `UNKNOWN` where they are not known."""
    balance_over: str | None = None
    """As `Views` takes it."""


def train_segmenter(
    network: nn.Module,
    lesson: SegmenterLesson,
    parts: tuple[Sequence[LabelledPicture], Sequence[LabelledPicture]],
    *,
    config: RunConfig,
    stage: str,
    folder: Path,
    show: Show,
) -> None:
    """Train a network in place; killed, the same call goes on to the same weights.

    Args:
        network: gives logits (N, K, H, W) of pictures (N, C, H, W), or of volumes with D before H; where its
            convolutions are valid it has a `tile_shape`.
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
    lesson, seen = _fitted(network, lesson)
    views = Views(train, seen, lesson.views, lesson.seed, lesson.balance_over)
    judged = still_views(validation, seen, VIEWS_A_PICTURE * len(validation))
    described = [f"{one.name} {one.pixels.sum(dtype=np.int64)} {one.layers.sum()}" for one in (*train, *validation)]
    fit(
        Stage(
            name=stage,
            network=network,
            objective=PixelClasses(),
            config=lesson.fit,
            make_batch=lambda step: _batch(views.draw(step, lesson.fit.batch_size), lesson),
            read=partial(to_network_input, num_channels=int(getattr(network, "in_channels", 3))),
            validate=partial(_validate, views=judged, lesson=lesson),
            num_threads=lesson.threads,
            fingerprint=fingerprint(stage, config, described),
        ),
        folder,
        show,
    )


@dataclass(frozen=True)
class PixelClasses:
    """One class a pixel: outputs are logits (N, K, H, W), targets (N, 2, H, W): the classes, and what each counts."""

    score_name = "pixel_accuracy"

    def total_loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return weighted_cross_entropy(outputs, targets[:, 0], targets[:, 1]).sum()

    def total_score(self, outputs: Tensor, targets: Tensor) -> float:
        is_right, counts = outputs.argmax(1) == targets[:, 0], targets[:, 1] > 0
        axes = tuple(range(1, counts.ndim))
        return float(((is_right & counts).sum(axes) / counts.sum(axes).clamp(min=1)).sum())

    def answers(self, outputs: Tensor) -> Tensor:
        return outputs.float().softmax(1)


def _fitted(network: Any, lesson: SegmenterLesson) -> tuple[SegmenterLesson, tuple[int, ...]]:
    """Return the lesson with parts as large as the network answers for, and how much it must see for that."""
    shape = getattr(network, "tile_shape", None)
    if shape is None:
        return lesson, lesson.crop
    covered = tuple(shape.output_covering(lesson.crop))
    return replace(lesson, crop=covered), tuple(shape.input_for(covered))


def _batch(views: Sequence[LabelledPicture], lesson: SegmenterLesson) -> Batch:
    targets = [_target(view, lesson) for view in views]
    return Batch(np.stack([view.pixels for view in views]), np.stack(targets))


def _target(view: LabelledPicture, lesson: SegmenterLesson) -> np.ndarray:
    """Return classes and weights of the part that the network answers for, float32, (2, h, w)."""
    classes = lesson.classes_of(view)
    weights = np.where(classes == UNKNOWN, 0, _weights(view, classes, lesson.weighting))
    both = np.stack([np.where(classes == UNKNOWN, 0, classes), weights]).astype(np.float32)
    margins = [(seen - part) // 2 for seen, part in zip(view.size, lesson.crop, strict=True)]
    middle = (slice(margin, seen - margin) for margin, seen in zip(margins, view.size, strict=True))
    return both[(slice(None), *middle)]


def _weights(view: LabelledPicture, classes: np.ndarray, weighting: Weighting) -> np.ndarray:
    if weighting == "equal":
        return np.ones(classes.shape, np.float32)
    return balance_weights(classes) if weighting == "classes" else border_weights(view.layers[0])


@torch.inference_mode()
def _validate(network: nn.Module, views: Sequence[LabelledPicture], lesson: SegmenterLesson) -> Validation:
    objective, loss, score = PixelClasses(), 0.0, 0.0
    num_channels = int(getattr(network, "in_channels", 3))
    for view in views:
        outputs = network(to_network_input(torch.from_numpy(view.pixels[None]), num_channels=num_channels))
        target = torch.from_numpy(_target(view, lesson)[None])
        loss += float(objective.total_loss(outputs, target))
        score += objective.total_score(outputs, target)
    return Validation(loss / len(views), score / len(views))
