"""Keeps the best of boxes that show the same object (non-maximum suppression), on any device, in any number of axes.

Going down the scores, a box is dropped if it overlaps one that was kept. That looks like one step after the other; but
within a block of boxes "dropped by one that is kept" has exactly one solution, which repeating that sentence for all
boxes at once reaches after as many rounds as the longest chain of overlaps has links. So whole blocks are decided by a
few operations on tensors.
"""

import torch
from torch import Tensor

from models.detection.boxes import pairwise_iou

BLOCK = 1024
"""Boxes that are decided together: the overlaps of a block with the kept ones lie in memory at once."""


def batched_nms(boxes: Tensor, scores: Tensor, groups: Tensor, iou_threshold: float) -> Tensor:
    """Return the indices of the boxes to keep, best first, when boxes of different groups leave each other alone.

    Args:
        boxes: (N, 2 d).
        scores: (N,); of equal ones the first comes first.
        groups: Integers, (N,), such as the classes.
        iou_threshold: Boxes that overlap a better one of their group by more than this are dropped.

    Returns:
        int64, (kept,).
    """
    is_kept = torch.zeros_like(scores, dtype=torch.bool)
    for group in torch.unique(groups):
        members = torch.where(groups == group)[0]
        is_kept[members[nms(boxes[members], scores[members], iou_threshold)]] = True
    kept = torch.where(is_kept)[0]
    return kept[scores[kept].argsort(descending=True, stable=True)]


def nms(boxes: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    """Return the indices of the boxes to keep, best first, of one group."""
    order = scores.argsort(descending=True, stable=True)
    kept = order[:0]
    for start in range(0, len(order), BLOCK):
        block = order[start : start + BLOCK]
        block = block[~(pairwise_iou(boxes[block], boxes[kept]) > iou_threshold).any(1)]
        overlaps = pairwise_iou(boxes[block], boxes[block]) > iou_threshold
        kept = torch.cat([kept, block[_best_of(overlaps)]])
    return kept


def _best_of(overlaps: Tensor) -> Tensor:
    """Return which boxes, best first, to keep, from which overlap which, bool (N, N)."""
    by_better = overlaps.tril(-1).float()
    kept = torch.ones(len(overlaps), device=overlaps.device)
    while True:
        still_kept = (by_better @ kept == 0).float()
        if torch.equal(still_kept, kept):
            return kept.bool()
        kept = still_kept
