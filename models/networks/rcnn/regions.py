"""Looks closer at each proposal: which class it shows, its box, its mask.

Source: Girshick, "Fast R-CNN", ICCV 2015, arXiv:1504.08083, and He et al., "Mask R-CNN", ICCV 2017, arXiv:1703.06870;
numbers, order and names of the layers as torchvision has them (github.com/pytorch/vision, BSD-3-Clause). One
difference: volumes are as good as pictures.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from models.detection.box_coder import BoxCoder
from models.detection.boxes import are_larger, clip_boxes
from models.detection.matcher import Matcher
from models.detection.nms import batched_nms
from models.detection.pyramid_pooling import CANONICAL_SIDE, Pooling, pool_from_pyramid
from models.detection.sampler import BalancedSampler
from models.networks.rcnn.batches import Batch, Instances
from models.networks.rcnn.heads import StageHead
from models.networks.rcnn.region_losses import box_losses, draw_lessons, mask_loss

SMALLEST_SIDE = 1e-2


_MATCHER = Matcher(0.5, 0.5)
_SAMPLER = BalancedSampler(512, 0.25)


@dataclass(frozen=True)
class RegionSettings:
    """How regions are cut out, what is reported of them, and what they learn from."""

    pooling: Pooling = "align"
    box_bins: int = 7
    mask_bins: int = 14
    sampling_ratio: int = 2
    score_threshold: float = 0.05
    nms_iou: float = 0.5
    max_detections: int = 100
    """Of a picture."""
    canonical_side: float = CANONICAL_SIDE
    """Side of the regions that come out of the map whose places are 16 pixels apart."""
    matcher: Matcher = _MATCHER
    sampler: BalancedSampler = _SAMPLER


class RegionHeads(nn.Module):
    """Says what each proposal is.

    Args:
        box_head: Gives features (R, K) of regions.
        box_predictor: Gives logits and differences of features.
        mask_head: Gives maps of regions; None where the maps of `box_head` serve the masks too, or there are no masks.
        mask_predictor: Gives masks of maps; None: there are no masks.
        settings: Numbers that are no weights.
    """

    def __init__(
        self,
        box_head: nn.Module,
        box_predictor: nn.Module,
        mask_head: nn.Module | None,
        mask_predictor: nn.Module | None,
        settings: RegionSettings,
    ) -> None:
        super().__init__()
        self.settings = settings
        self.coder = BoxCoder(10.0, 5.0)
        self.box_head = box_head
        self.box_predictor = box_predictor
        self.mask_head = mask_head
        self.mask_predictor = mask_predictor

    def forward(self, maps: Sequence[Tensor], proposals: Sequence[Tensor], batch: Batch) -> list[Instances]:
        """Return what each picture shows, best first, in pixels of the batch; masks as small as they are made.

        Args:
            maps: Of the batch, finest first.
            proposals: Of each picture, (P, 2 d).
            batch: The pictures.
        """
        logits, differences = self.box_predictor(self.box_head(self.pool_boxes(maps, proposals, batch)))
        counts = [len(some) for some in proposals]
        decoded = self._decoded(differences, torch.cat(list(proposals)))
        scores = logits.float().softmax(-1)
        found = [
            self._best(*some)
            for some in zip(torch.split(decoded, counts), torch.split(scores, counts), batch.sizes, strict=True)
        ]
        if self.mask_predictor is not None:
            self._add_masks(found, maps, batch)
        return found

    def losses(
        self, maps: Sequence[Tensor], proposals: Sequence[Tensor], batch: Batch, targets: Sequence[Instances]
    ) -> dict[str, Tensor]:
        """Return the losses of regions drawn from the proposals and the true boxes."""
        lessons = draw_lessons(proposals, targets, self.settings.matcher, self.settings.sampler)
        pooled = self.pool_boxes(maps, [lesson.boxes for lesson in lessons], batch)
        logits, differences = self.box_predictor(self.box_head(pooled))
        losses = box_losses(logits, differences, lessons, self.coder)
        if self.mask_predictor is not None:
            regions = [lesson.boxes[lesson.positive] for lesson in lessons]
            losses |= mask_loss(self.mask_logits(maps, regions, batch), lessons)
        return losses

    def pool_boxes(self, maps: Sequence[Tensor], boxes: Sequence[Tensor], batch: Batch) -> Tensor:
        """Return the regions that the box head reads, (all boxes, C, 7, 7)."""
        return self._pooled(maps, boxes, batch, self.settings.box_bins)

    def pool_masks(self, maps: Sequence[Tensor], boxes: Sequence[Tensor], batch: Batch) -> Tensor:
        """Return the regions that the mask head reads, (all boxes, C, 14, 14)."""
        return self._pooled(maps, boxes, batch, self.settings.mask_bins)

    def mask_logits(self, maps: Sequence[Tensor], boxes: Sequence[Tensor], batch: Batch) -> Tensor:
        """Return one mask a class for each box, (all boxes, num_classes, M, M), float32.

        Raises:
            ValueError: the network has no masks.
        """
        if self.mask_predictor is None:
            raise ValueError("this network was made without masks; make a maskrcnn")
        look = self.box_head.maps if isinstance(self.box_head, StageHead) else self.mask_head
        seen = cast(Callable[[Tensor], Tensor], look)(self.pool_masks(maps, boxes, batch))
        return self.mask_predictor(seen).float()  # type: ignore[no-any-return]

    def _pooled(self, maps: Sequence[Tensor], boxes: Sequence[Tensor], batch: Batch, bins: int) -> Tensor:
        return pool_from_pyramid(
            maps[: max(len(maps) - 1, 1)],  # the last map of a pyramid is for proposals only
            boxes,
            batch.padded_size,
            output_size=bins,
            sampling_ratio=self.settings.sampling_ratio,
            pooling=self.settings.pooling,
            canonical_side=self.settings.canonical_side,
        )

    def _decoded(self, differences: Tensor, proposals: Tensor) -> Tensor:
        """Return a box a class for each proposal, (P, num_classes, 2 d)."""
        num_classes = differences.shape[1] // proposals.shape[1]
        by_class = differences.float().view(len(proposals), num_classes, proposals.shape[1])
        return self.coder.decode(by_class, proposals[:, None])

    def _best(self, boxes: Tensor, scores: Tensor, size: Sequence[int]) -> Instances:
        """Return the objects of one picture.

        Args:
            boxes: (P, num_classes, 2 d).
            scores: (P, num_classes), the first of which is that nothing is there.
            size: (H, W) of the picture.
        """
        proposal, label = torch.where(scores[:, 1:] > self.settings.score_threshold)
        label = label + 1
        likely, likely_scores = clip_boxes(boxes[proposal, label], size), scores[proposal, label]
        large = torch.where(are_larger(likely, SMALLEST_SIDE))[0]
        likely, likely_scores, label = likely[large], likely_scores[large], label[large]
        kept = batched_nms(likely, likely_scores, label, self.settings.nms_iou)[: self.settings.max_detections]
        return {"boxes": likely[kept], "labels": label[kept], "scores": likely_scores[kept]}

    def _add_masks(self, found: Sequence[Instances], maps: Sequence[Tensor], batch: Batch) -> None:
        logits = self.mask_logits(maps, [instances["boxes"] for instances in found], batch)
        labels = torch.cat([instances["labels"] for instances in found])
        masks = logits[torch.arange(len(labels), device=labels.device), labels].sigmoid()[:, None]
        for instances, some in zip(found, torch.split(masks, [len(one["labels"]) for one in found]), strict=True):
            instances["masks"] = some
