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
    how wide the network can be at most. Where a layer is misshapen the others decide, so that it alone is reported.

    Args:
        sizes: At least one.
    """
    ranges = [_widths_of(size) for size in sizes]
    agreeing = max(([(low, high) for low, high in ranges if low <= start <= high] for start, _ in ranges), key=len)
    lowest, highest = max(low for low, _ in agreeing), min(high for _, high in agreeing)
    middle = (lowest + highest) / 2
    return next((width for digits in range(6) if lowest < (width := round(middle, digits)) < highest), middle)


def _widths_of(size: LayerSize) -> tuple[float, float]:
    """Return the lowest and the highest width that round to the layer's size."""
    lowest = (size.found - size.multiple_of / 2) / size.published if size.found > MINIMUM_CHANNELS else 0.0
    return lowest, (size.found + size.multiple_of / 2) / size.published
