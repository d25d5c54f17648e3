"""Writes a box as its difference from another, in numbers that a network can regress, and reads it back.

Source: Girshick et al., "Rich feature hierarchies", CVPR 2014, arXiv:1311.2524, appendix C; weights and clamp as
torchvision has them (github.com/pytorch/vision, BSD-3-Clause). One difference: boxes may have three axes.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from models.detection.boxes import corners, num_box_axes

LARGEST_LOG_GROWTH = math.log(1000.0 / 16)
"""No answer of a network makes a box more than so much larger: its exponential stays finite."""


@dataclass(frozen=True)
class BoxCoder:
    """Differences (dx, dy, dw, dh), or (dx, dy, dz, dw, dh, dd): moves in units of the side, logarithms of growth."""

    position_weight: float = 1.0
    """Multiplies the moves, so that they vary about as much as 1."""
    size_weight: float = 1.0

    def encode(self, boxes: Tensor, anchors: Tensor) -> Tensor:
        """Return the differences of boxes from anchors, all (..., 2 d)."""
        centres, sizes = _centres_and_sizes(boxes)
        anchor_centres, anchor_sizes = _centres_and_sizes(anchors)
        moves = self.position_weight * (centres - anchor_centres) / anchor_sizes
        return torch.cat([moves, self.size_weight * torch.log(sizes / anchor_sizes)], dim=-1)

    def decode(self, differences: Tensor, anchors: Tensor) -> Tensor:
        """Return the boxes that differ so from anchors, all (..., 2 d), or broadcast to that."""
        num_axes = num_box_axes(anchors)
        centres, sizes = _centres_and_sizes(anchors)
        moves = differences[..., :num_axes] / self.position_weight
        growth = (differences[..., num_axes:] / self.size_weight).clamp(max=LARGEST_LOG_GROWTH)
        centres = moves * sizes + centres
        half_sizes = 0.5 * (torch.exp(growth) * sizes)
        return torch.cat([centres - half_sizes, centres + half_sizes], dim=-1)


def _centres_and_sizes(boxes: Tensor) -> tuple[Tensor, Tensor]:
    lower, upper = corners(boxes)
    sizes = upper - lower
    return lower + 0.5 * sizes, sizes
