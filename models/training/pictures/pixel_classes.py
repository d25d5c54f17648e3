"""What a network learns that gives every pixel, or voxel, a class."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
from torch import Tensor

from models.segmentation.border_weights import balance_weights, border_weights
from models.segmentation.losses import weighted_cross_entropy
from models.segmentation.network_input import to_network_input
from models.training.batches import Batch
from models.training.pictures.labelled import UNKNOWN, LabelledPicture
from models.training.pictures.lesson import Lesson, Subject

Weighting = Literal["equal", "classes", "borders"]
"""What a pixel counts: all alike, every class alike, or more in the gaps between objects that nearly touch."""
ClassesOf = Callable[[LabelledPicture], np.ndarray]


def class_map_of(picture: LabelledPicture) -> np.ndarray:
    """Return the class of every pixel, as it is labelled."""
    return picture.class_map


def pixel_classes(
    network: Any, lesson: Lesson, weighting: Weighting, classes_of: ClassesOf = class_map_of
) -> tuple[Lesson, Subject]:
    """Return a lesson on the classes of pixels, and its subject.

    Args:
        network: gives logits (N, K, H, W) of pictures (N, C, H, W), or of volumes with D before H; where its
            convolutions are valid it has a `tile_shape`.
        lesson: whose crop is what the network answers for at least; what it then sees may be larger.
        weighting: what a pixel counts.
        classes_of: gives the classes of a view, int64, `UNKNOWN` where they are not known.
    """
    shape = getattr(network, "tile_shape", None)
    answered = tuple(shape.output_covering(lesson.crop)) if shape else lesson.crop
    seen = tuple(shape.input_for(answered)) if shape else lesson.crop
    read = partial(to_network_input, num_channels=int(getattr(network, "in_channels", 3)))
    targets = _Targets(answered, weighting, classes_of)
    return lesson.of_size(seen), Subject(PixelClasses(), targets.batch, read)


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


@dataclass(frozen=True)
class _Targets:
    """Makes of views what a network shall say of them."""

    size: tuple[int, ...]
    weighting: Weighting
    classes_of: ClassesOf

    def batch(self, views: Sequence[LabelledPicture], _first: int) -> Batch:
        return Batch(np.stack([view.pixels for view in views]), np.stack([self._of(view) for view in views]))

    def _of(self, view: LabelledPicture) -> np.ndarray:
        """Return classes and weights of the part that the network answers for, float32, (2, h, w)."""
        classes = self.classes_of(view)
        weights = np.where(classes == UNKNOWN, 0, self._weights(view, classes))
        both = np.stack([np.where(classes == UNKNOWN, 0, classes), weights]).astype(np.float32)
        margins = [(seen - part) // 2 for seen, part in zip(view.size, self.size, strict=True)]
        middle = (slice(margin, seen - margin) for margin, seen in zip(margins, view.size, strict=True))
        return both[(slice(None), *middle)]

    def _weights(self, view: LabelledPicture, classes: np.ndarray) -> np.ndarray:
        if self.weighting == "equal":
            return np.ones(classes.shape, np.float32)
        return balance_weights(classes) if self.weighting == "classes" else border_weights(view.layers[0])
