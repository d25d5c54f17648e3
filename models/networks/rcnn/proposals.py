"""Region proposal network: says of every anchor whether something lies there, and where its box should rather be.

Source: Ren et al., "Faster R-CNN", NIPS 2015, arXiv:1506.01497; numbers, order and names of the layers as torchvision
has them (github.com/pytorch/vision, BSD-3-Clause). One difference: volumes are as good as pictures.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.detection.anchors import AnchorGenerator
from models.detection.box_coder import BoxCoder
from models.detection.boxes import are_larger, clip_boxes, pairwise_iou
from models.detection.matcher import BETWEEN, Matcher
from models.detection.nms import batched_nms
from models.detection.sampler import BalancedSampler
from models.networks.rcnn.batches import Batch, Instances
from models.networks.rcnn.layers import CONVOLUTIONS, by_anchor, conv_stack

SMALLEST_SIDE = 1e-3
SMOOTH_L1_BETA = 1 / 9


_MATCHER = Matcher(0.7, 0.3, keep_best=True)
_SAMPLER = BalancedSampler(256, 0.5)


@dataclass(frozen=True)
class ProposalSettings:
    """How many proposals there are, and what they learn from."""

    num_before_nms: int = 1000
    """Best anchors of each map that are looked at further."""
    num_after_nms: int = 1000
    """Proposals of a picture."""
    num_before_nms_training: int = 2000
    num_after_nms_training: int = 2000
    nms_iou: float = 0.7
    matcher: Matcher = _MATCHER
    sampler: BalancedSampler = _SAMPLER


class ProposalHead(nn.Module):
    """One small network that looks at every place of every map."""

    def __init__(self, channels: int, num_anchors: int, *, num_axes: int = 2) -> None:
        super().__init__()
        self.num_anchors = num_anchors
        self.conv = conv_stack(num_axes, (channels, channels))
        self.cls_logits = CONVOLUTIONS[num_axes](channels, num_anchors, 1)
        self.bbox_pred = CONVOLUTIONS[num_axes](channels, num_anchors * 2 * num_axes, 1)
        for layer in self.modules():
            if isinstance(layer, CONVOLUTIONS[num_axes]):
                nn.init.normal_(layer.weight, std=0.01)
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)

    def forward(self, maps: Sequence[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
        """Return for each map the logits (N, A, H, W) of its anchors, and their differences (N, A x 2 d, H, W)."""
        seen = [self.conv(one) for one in maps]
        return [self.cls_logits(one) for one in seen], [self.bbox_pred(one) for one in seen]


class RegionProposalNetwork(nn.Module):
    """Finds places at which to look closer."""

    def __init__(
        self, channels: int, anchors: AnchorGenerator, settings: ProposalSettings, *, num_axes: int = 2
    ) -> None:
        super().__init__()
        self.anchors = anchors
        self.settings = settings
        self.coder = BoxCoder()
        self.head = ProposalHead(channels, anchors.num_per_place, num_axes=num_axes)

    def forward(
        self, maps: Sequence[Tensor], batch: Batch, targets: Sequence[Instances] | None = None
    ) -> tuple[list[Tensor], dict[str, Tensor]]:
        """Return the proposals of each picture, (P, 2 d), and the losses where there are targets.

        Args:
            maps: Of the batch, finest first.
            batch: The pictures.
            targets: True objects of each picture, as they lie in the batch.
        """
        logits, differences = self.head(maps)
        anchors = self.anchors.make([one.shape[2:] for one in maps], batch.padded_size, maps[0].device)
        num_by_map = [one[0].numel() for one in logits]
        all_logits = torch.cat([by_anchor(one, self.head.num_anchors) for one in logits], dim=1)[..., 0]  # (N, anchors)
        all_differences = torch.cat([by_anchor(one, self.head.num_anchors) for one in differences], dim=1)
        proposals = self._best(all_logits.detach(), all_differences.detach(), anchors, num_by_map, batch)
        losses = {} if targets is None else self._losses(all_logits, all_differences, anchors, targets)
        return proposals, losses

    def _best(
        self, logits: Tensor, differences: Tensor, anchors: Tensor, num_by_map: Sequence[int], batch: Batch
    ) -> list[Tensor]:
        """Return the proposals of each picture, best first."""
        settings = self.settings
        before = settings.num_before_nms_training if self.training else settings.num_before_nms
        after = settings.num_after_nms_training if self.training else settings.num_after_nms
        chosen, levels = _best_of_each_map(logits, num_by_map, before)
        scores = logits.gather(1, chosen).sigmoid()
        index = chosen[..., None].expand(-1, -1, differences.shape[-1])
        boxes = self.coder.decode(differences.gather(1, index), anchors[chosen])  # (N, chosen, 2 d)
        proposals = []
        for some, some_scores, size in zip(boxes, scores, batch.sizes, strict=True):
            clipped = clip_boxes(some, size)
            large = torch.where(are_larger(clipped, SMALLEST_SIDE))[0]
            kept = batched_nms(clipped[large], some_scores[large], levels[large], settings.nms_iou)
            proposals.append(clipped[large[kept[:after]]])
        return proposals

    def _losses(
        self, logits: Tensor, differences: Tensor, anchors: Tensor, targets: Sequence[Instances]
    ) -> dict[str, Tensor]:
        """Return the losses of anchors drawn from all pictures."""
        object_losses, box_losses, num_drawn = [], [], 0
        for some_logits, some_differences, target in zip(logits, differences, targets, strict=True):
            matches = self.settings.matcher.match(pairwise_iou(target["boxes"], anchors))
            labels = (matches >= 0).float().masked_fill(matches == BETWEEN, -1)
            positive, negative = self.settings.sampler.draw(labels)
            drawn = torch.cat([positive, negative])
            num_drawn += len(drawn)
            object_losses.append(F.binary_cross_entropy_with_logits(some_logits[drawn], labels[drawn], reduction="sum"))
            wanted = self.coder.encode(target["boxes"][matches[positive]], anchors[positive])
            box_losses.append(
                F.smooth_l1_loss(some_differences[positive], wanted, beta=SMOOTH_L1_BETA, reduction="sum")
            )
        count = max(num_drawn, 1)
        return {
            "loss_objectness": torch.stack(object_losses).sum() / count,
            "loss_rpn_box_reg": torch.stack(box_losses).sum() / count,
        }


def _best_of_each_map(logits: Tensor, num_by_map: Sequence[int], count: int) -> tuple[Tensor, Tensor]:
    """Return the indices of each map's best anchors, (N, chosen), and the map of each, (chosen,)."""
    chosen, levels, first = [], [], 0
    for level, one in enumerate(torch.split(logits, list(num_by_map), dim=1)):
        best = one.topk(min(count, one.shape[1]), dim=1).indices
        chosen.append(best + first)
        levels.append(torch.full((best.shape[1],), level, device=logits.device))
        first += one.shape[1]
    return torch.cat(chosen, dim=1), torch.cat(levels)
