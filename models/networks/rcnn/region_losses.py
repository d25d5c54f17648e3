"""What the heads of the regions learn.

Source: Girshick, "Fast R-CNN", ICCV 2015, arXiv:1504.08083, and He et al., "Mask R-CNN", ICCV 2017, arXiv:1703.06870;
numbers as torchvision has them (github.com/pytorch/vision, BSD-3-Clause). One difference: without any region a loss
is 0, not undefined.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from models.detection.box_coder import BoxCoder
from models.detection.boxes import pairwise_iou
from models.detection.mask_crops import crop_masks
from models.detection.matcher import BETWEEN, Matcher
from models.detection.sampler import BalancedSampler
from models.networks.rcnn.batches import Instances

SMOOTH_L1_BETA = 1 / 9


@dataclass(frozen=True, eq=False)
class Lesson:
    """Regions of one picture from which the heads learn."""

    boxes: Tensor
    """(R, 2 d), pixels of the batch."""
    labels: Tensor
    """int64, (R,): class of each, 0 where nothing is."""
    matches: Tensor
    """int64, (R,): the true object of each; any where nothing is."""
    target: Instances

    @property
    def positive(self) -> Tensor:
        """Indices of the regions that show an object."""
        return torch.where(self.labels > 0)[0]


def draw_lessons(
    proposals: Sequence[Tensor], targets: Sequence[Instances], matcher: Matcher, sampler: BalancedSampler
) -> list[Lesson]:
    """Return the regions that each picture teaches with: drawn from its proposals and its true boxes."""
    lessons = []
    for some, target in zip(proposals, targets, strict=True):
        boxes = torch.cat([some, target["boxes"].to(some)])
        matches = matcher.match(pairwise_iou(target["boxes"].to(some), boxes))
        labels = torch.zeros_like(matches)
        is_object = matches >= 0
        labels[is_object] = target["labels"][matches[is_object]]
        labels[matches == BETWEEN] = -1
        drawn = torch.cat(sampler.draw(labels)).sort().values
        lessons.append(Lesson(boxes[drawn], labels[drawn], matches[drawn].clamp(min=0), target))
    return lessons


def box_losses(logits: Tensor, differences: Tensor, lessons: Sequence[Lesson], coder: BoxCoder) -> dict[str, Tensor]:
    """Return the losses of classes and boxes.

    Args:
        logits: (all regions, num_classes).
        differences: (all regions, num_classes x 2 d).
        lessons: Of each picture, in the regions' order.
        coder: With which differences are written.
    """
    labels = torch.cat([lesson.labels for lesson in lessons])
    wanted = torch.cat([_wanted_differences(lesson, coder) for lesson in lessons])  # (positive, 2 d)
    positive = torch.where(labels > 0)[0]
    by_class = differences.view(len(labels), logits.shape[1], differences.shape[1] // logits.shape[1])[
        positive, labels[positive]
    ]
    count = max(len(labels), 1)
    return {
        "loss_classifier": F.cross_entropy(logits, labels, reduction="sum") / count,
        "loss_box_reg": F.smooth_l1_loss(by_class, wanted, beta=SMOOTH_L1_BETA, reduction="sum") / count,
    }


def mask_loss(logits: Tensor, lessons: Sequence[Lesson]) -> dict[str, Tensor]:
    """Return the loss of the masks: of the true class only, so that classes do not compete.

    Args:
        logits: (positive regions, num_classes, M, M) or with three axes.
        lessons: Of each picture; the positive regions of all of them, in order.

    Raises:
        ValueError: a target has no masks.
    """
    if any("masks" not in lesson.target for lesson in lessons):
        raise ValueError("a network with masks learns from masks; give every target masks (N, H, W)")
    labels = torch.cat([lesson.labels[lesson.positive] for lesson in lessons])
    wanted = torch.cat(
        [
            crop_masks(
                lesson.target["masks"],
                lesson.boxes[lesson.positive],
                lesson.matches[lesson.positive],
                logits.shape[-1],
            )
            for lesson in lessons
        ]
    )
    of_class = logits[torch.arange(len(labels), device=logits.device), labels]
    loss = F.binary_cross_entropy_with_logits(of_class, wanted, reduction="sum")
    return {"loss_mask": loss / max(wanted.numel(), 1)}


def _wanted_differences(lesson: Lesson, coder: BoxCoder) -> Tensor:
    true_boxes = lesson.target["boxes"].to(lesson.boxes)[lesson.matches[lesson.positive]]
    return coder.encode(true_boxes, lesson.boxes[lesson.positive])
