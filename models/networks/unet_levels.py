"""What the U-Nets share: the published channels, the way down, and pictures too small for all halvings."""

from collections.abc import Callable, Iterable

from torch import Tensor
from torch.nn import functional as F

LEVEL_CHANNELS = (64, 128, 256, 512, 1024)
"""Of Ronneberger et al. 2015, from the finest level down."""
SMALLEST_SIDE = 2 ** (len(LEVEL_CHANNELS) - 1)
"""Four halvings must leave a place."""


def way_down(levels: Iterable[Callable[[Tensor], Tensor]], pool: Callable[[Tensor], Tensor], x: Tensor) -> list[Tensor]:
    """Return what each level makes of the halved maps of the one before, the finest first."""
    maps: list[Tensor] = []
    for level in levels:
        maps.append(level(pool(maps[-1]) if maps else x))
    return maps


def enlarged_with_zeros(pictures: Tensor, smallest_side: int = SMALLEST_SIDE) -> Tensor:
    """Continue pictures or volumes, (N, C, ...), with zeros at their ends up to a smallest side."""
    missing = [max(smallest_side - side, 0) for side in reversed(pictures.shape[2:])]
    return F.pad(pictures, [amount for side in missing for amount in (0, side)]) if any(missing) else pictures
