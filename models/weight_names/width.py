"""The width multiplier of a network, read off the sizes of its layers."""

from collections.abc import Sequence
from typing import NamedTuple

MINIMUM_CHANNELS = 8


class LayerSize(NamedTuple):
    """Channels of one layer."""

    published: int
    found: int
    multiple_of: int = 8
    """To which the published number times the width was rounded."""


def fitting_width(sizes: Sequence[LayerSize]) -> float:
    """Return the shortest number that gives every layer its size.

    Each rounded size leaves a range of widths, and all of them together a narrow one. A layer at the minimum says only
    how wide the network can be at most.

    Args:
        sizes: At least one.
    """
    floors = [(size.found - size.multiple_of / 2) / size.published for size in sizes if size.found > MINIMUM_CHANNELS]
    lowest = max(floors, default=0.0)
    highest = min((size.found + size.multiple_of / 2) / size.published for size in sizes)
    middle = (lowest + highest) / 2
    return next((width for digits in range(6) if lowest < (width := round(middle, digits)) < highest), middle)
