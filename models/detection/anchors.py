"""The boxes from which a region proposal network starts: a few of fixed shape at every place of every feature map.

Source: Ren et al., "Faster R-CNN", NIPS 2015, arXiv:1506.01497; rounding, order and strides as torchvision has them
(github.com/pytorch/vision, BSD-3-Clause). One difference: anchors may have three axes.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

Extents = tuple[float, ...]
"""Width and height of an anchor in pixels, and its depth in volumes."""


@dataclass(frozen=True)
class AnchorGenerator:
    """Anchors of the feature maps of a pyramid."""

    levels: tuple[tuple[Extents, ...], ...]
    """The anchors of each map, before they are rounded to whole pixels on either side of their centre."""

    @property
    def num_per_place(self) -> int:
        """Anchors at each place of a map: as many on all of them."""
        return len(self.levels[0])

    def make(self, map_sizes: Sequence[Sequence[int]], picture_size: Sequence[int], device: torch.device) -> Tensor:
        """Return the anchors of all maps, one map after the other; at each place those of all shapes, last axis first.

        Args:
            map_sizes: (H, W) or (D, H, W) of each feature map.
            picture_size: Of the padded pictures.
            device: Where the boxes shall lie.

        Returns:
            (anchors, 2 d), float32; the same ones for every picture of a batch.

        Raises:
            ValueError: there are other maps than levels.
        """
        if len(map_sizes) != len(self.levels):
            raise ValueError(f"anchors are made for {len(self.levels)} feature maps, got {len(map_sizes)}")
        return torch.cat(
            [
                _on_grid(cell_anchors(shapes, device), map_size, picture_size)
                for shapes, map_size in zip(self.levels, map_sizes, strict=True)
            ]
        )


def cell_anchors(shapes: Sequence[Extents], device: torch.device | str = "cpu") -> Tensor:
    """Return anchors around the origin, (len(shapes), 2 d), float32, whole numbers."""
    halves = torch.tensor(shapes, dtype=torch.float32, device=device) / 2
    return torch.cat([-halves, halves], dim=1).round()


def picture_anchors(
    sizes: Sequence[Sequence[float]], ratios: Sequence[float] = (0.5, 1.0, 2.0)
) -> tuple[tuple[Extents, ...], ...]:
    """Return anchors of some sizes (roots of their areas, pixels) for each map, of every ratio of height to width."""
    return tuple(
        tuple(
            (size * (1 / math.sqrt(ratio)), size * math.sqrt(ratio)) for ratio, size in itertools.product(ratios, some)
        )
        for some in sizes
    )


def cube_anchors(
    sizes: Sequence[Sequence[float]], depth_ratios: Sequence[float] = (1.0,)
) -> tuple[tuple[Extents, ...], ...]:
    """Return anchors of some sides (voxels) for each map, of every ratio of depth to width; as high as wide.

    A ratio below 1 suits volumes whose slices lie further apart than the pixels within them.
    """
    return tuple(
        tuple((side, side, side * ratio) for ratio, side in itertools.product(depth_ratios, some)) for some in sizes
    )


def _on_grid(anchors: Tensor, map_size: Sequence[int], picture_size: Sequence[int]) -> Tensor:
    """Repeat anchors at each place of a map."""
    shifts = [
        torch.arange(places, dtype=torch.float32, device=anchors.device) * (length // places)
        for places, length in zip(map_size, picture_size, strict=True)
    ]
    grid = torch.meshgrid(*shifts, indexing="ij")
    corner = torch.stack([axis.flatten() for axis in reversed(grid)], dim=1)  # (places, d), x first
    return (torch.cat([corner, corner], dim=1)[:, None] + anchors).flatten(0, 1)
