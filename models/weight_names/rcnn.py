"""The names under which torchvision's older Faster R-CNN and Mask R-CNN are published.

Source: github.com/pytorch/vision (BSD-3-Clause): the checkpoints on COCO have the names of before version 0.14.
"""

import re
from collections.abc import Mapping

from torch import Tensor

_RENAMED = (
    (re.compile(r"^rpn\.head\.conv\.(weight|bias)$"), r"rpn.head.conv.0.0.\1"),
    (re.compile(r"^backbone\.fpn\.(inner|layer)_blocks\.(\d+)\.(weight|bias)$"), r"backbone.fpn.\1_blocks.\2.0.\3"),
)
_MASK_LAYER = re.compile(r"^roi_heads\.mask_head\.mask_fcn(\d+)\.(weight|bias)$")


def is_old_torchvision(weights: Mapping[str, Tensor]) -> bool:
    return any(_our_name(name) != name for name in weights)


def from_old_torchvision(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Rename `rpn.head.conv.weight` to `rpn.head.conv.0.0.weight`, and the like."""
    return {_our_name(name): tensor for name, tensor in weights.items()}


def _our_name(name: str) -> str:
    for pattern, ours in _RENAMED:
        name = pattern.sub(ours, name)
    layer = _MASK_LAYER.match(name)
    return f"roi_heads.mask_head.{int(layer[1]) - 1}.0.{layer[2]}" if layer else name
