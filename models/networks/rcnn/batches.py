"""Makes one tensor of pictures of different size, and takes what was found back into each of them.

Source: sizes, interpolation and padding as torchvision has them (github.com/pytorch/vision, BSD-3-Clause). Two
differences: volumes are as good as pictures, and a picture keeps at least one row and one column however narrow it is.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from models.detection.boxes import rescale_boxes
from models.detection.mask_pasting import paste_masks

Instances = dict[str, Tensor]
"""Objects of one picture: `boxes` (N, 2 d), `labels` (N,) from 1 on, and `scores` (N,) or `masks` where there are any.

Masks that are learned from are (N, H, W), bool or integers; those that were found are (N, 1, H, W), probabilities.
"""


@dataclass(frozen=True, eq=False)
class Batch:
    """Pictures of one size, made of pictures of any size."""

    pixels: Tensor
    """float32, (N, C, H, W) or (N, C, D, H, W), normalised; zeros on the right and below where a picture is smaller."""
    sizes: tuple[tuple[int, ...], ...]
    """(H, W) of each picture within the batch, as scaled."""
    original_sizes: tuple[tuple[int, ...], ...]

    @property
    def padded_size(self) -> tuple[int, ...]:
        """(H, W) of the batch."""
        return tuple(self.pixels.shape[2:])


@dataclass(frozen=True)
class BatchTransform:
    """How pictures become a batch."""

    mean: tuple[float, ...]
    """Subtracted from each channel."""
    std: tuple[float, ...]
    """Each channel is divided by it."""
    min_sizes: tuple[int, ...] = ()
    """The shorter side becomes this long, in training one of these at random, else the last; none: pictures keep their
    size."""
    max_size: int = 1333
    """The longer side becomes at most this long."""
    multiple_of: int = 32
    """Sides of the batch are multiples of this, so that every map is half of the one before."""

    def batch(self, pictures: Sequence[Tensor], *, is_training: bool = False) -> Batch:
        """Return pictures as one batch.

        Args:
            pictures: (C, H, W) or (C, D, H, W) each, floating point in 0..1.
            is_training: Whether the size is drawn at random.

        Raises:
            ValueError: there is no picture, or one has other channels, no pixels or whole numbers.
        """
        self._check(pictures)
        scaled = [self._scaled(self._normalised(picture.float()), is_training) for picture in pictures]
        sizes = tuple(tuple(picture.shape[1:]) for picture in scaled)
        largest = (max(axis) for axis in zip(*sizes, strict=True))
        padded = [-(-length // self.multiple_of) * self.multiple_of for length in largest]
        pixels = scaled[0].new_zeros(len(scaled), len(self.mean), *padded)
        for target, picture, size in zip(pixels, scaled, sizes, strict=True):
            target[(slice(None), *(slice(length) for length in size))] = picture
        return Batch(pixels, sizes, tuple(tuple(picture.shape[1:]) for picture in pictures))

    def targets(self, targets: Sequence[Mapping[str, Tensor]], batch: Batch) -> list[Instances]:
        """Return true objects as they lie in a batch.

        Raises:
            ValueError: there are not as many as pictures, or a box has no extent.
        """
        if len(targets) != len(batch.sizes):
            raise ValueError(f"{len(batch.sizes)} pictures need as many targets, got {len(targets)}")
        return [
            _scaled_target(target, index, old, new)
            for index, (target, old, new) in enumerate(zip(targets, batch.original_sizes, batch.sizes, strict=True))
        ]

    @staticmethod
    def restored(found: Sequence[Instances], batch: Batch) -> list[Instances]:
        """Return what was found in a batch as it lies in the pictures of which it was made; masks become as large."""
        restored = []
        for instances, size, original_size in zip(found, batch.sizes, batch.original_sizes, strict=True):
            boxes = rescale_boxes(instances["boxes"], size, original_size)
            masks = {"masks": paste_masks(instances["masks"], boxes, original_size)} if "masks" in instances else {}
            restored.append({**instances, "boxes": boxes, **masks})
        return restored

    def _check(self, pictures: Sequence[Tensor]) -> None:
        if not pictures:
            raise ValueError("a detector needs at least one picture, got none")
        for index, picture in enumerate(pictures):
            if picture.ndim != pictures[0].ndim or len(picture) != len(self.mean) or not picture.numel():
                raise ValueError(
                    f"every picture must be ({len(self.mean)}, H, W) (volumes: D before H) with pixels, "
                    f"got {tuple(picture.shape)} at index {index}"
                )
            if not picture.is_floating_point():
                raise ValueError(f"pictures must be floating point in 0..1, got {picture.dtype} at index {index}")

    def _normalised(self, picture: Tensor) -> Tensor:
        ones = (1,) * (picture.ndim - 1)
        mean, std = (torch.tensor(number, device=picture.device).view(-1, *ones) for number in (self.mean, self.std))
        return (picture - mean) / std

    def _scaled(self, picture: Tensor, is_training: bool) -> Tensor:
        if not self.min_sizes:
            return picture
        size = picture.shape[1:]
        min_size = random.choice(self.min_sizes) if is_training else self.min_sizes[-1]
        scale = min(min_size / min(size), self.max_size / max(size))
        new_size = [max(int(length * scale), 1) for length in size]
        mode = "bilinear" if len(size) == 2 else "trilinear"
        return F.interpolate(picture[None], size=new_size, mode=mode, align_corners=False)[0]


def _scaled_target(target: Mapping[str, Tensor], index: int, old: Sequence[int], new: Sequence[int]) -> Instances:
    boxes = target["boxes"].float()
    num_axes = len(old)
    if len(boxes) and not bool((boxes[:, num_axes:] > boxes[:, :num_axes]).all()):
        raise ValueError(f"every true box must have an extent above 0 along each axis; picture {index} has another")
    scaled = {"boxes": rescale_boxes(boxes.view(-1, 2 * num_axes), old, new), "labels": target["labels"].long()}
    if "masks" in target:
        masks = target["masks"]
        is_same = tuple(old) == tuple(new) or not len(masks)
        # Nearest as torchvision takes it: a mask stays a mask.
        scaled["masks"] = masks if is_same else F.interpolate(masks[:, None].float(), size=tuple(new))[:, 0].byte()
    return scaled
