"""Says which true box each anchor or proposal shall learn.

Source: Ren et al., "Faster R-CNN", NIPS 2015, arXiv:1506.01497, section 3.1.2; ties as torchvision breaks them
(github.com/pytorch/vision, BSD-3-Clause).
"""

from dataclasses import dataclass

import torch
from torch import Tensor

BACKGROUND = -1
"""Overlaps nothing enough: learns that nothing is there."""
BETWEEN = -2
"""Overlaps something, but not enough: learns nothing."""


@dataclass(frozen=True)
class Matcher:
    """Matches boxes by how much they overlap true ones."""

    foreground_iou: float
    """From this intersection over union on, a box belongs to the true one that it overlaps most."""
    background_iou: float
    """Below it, to none."""
    keep_best: bool = False
    """Whether the boxes that overlap a true one most belong to theirs however little that is."""

    def __post_init__(self) -> None:
        if self.background_iou > self.foreground_iou:
            raise ValueError(
                f"background_iou must be at most foreground_iou, got {self.background_iou} and {self.foreground_iou}"
            )

    def match(self, ious: Tensor) -> Tensor:
        """Return the true box of each box.

        Args:
            ious: (true boxes, boxes); there may be no true box, and no box.

        Returns:
            int64, (boxes,): an index of a true box, `BACKGROUND` or `BETWEEN`.
        """
        if not ious.numel():
            return torch.full((ious.shape[1],), BACKGROUND, dtype=torch.int64, device=ious.device)
        most, nearest = ious.max(dim=0)
        matches = nearest.masked_fill(most < self.background_iou, BACKGROUND)
        matches[(most >= self.background_iou) & (most < self.foreground_iou)] = BETWEEN
        if self.keep_best:
            is_best = (ious == ious.max(dim=1, keepdim=True).values).any(dim=0)
            matches = torch.where(is_best, nearest, matches)
        return matches
