"""Layers by the number of axes: the same network reads pictures or volumes."""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

CONVOLUTIONS: dict[int, type[nn.Conv2d] | type[nn.Conv3d]] = {2: nn.Conv2d, 3: nn.Conv3d}
UP_CONVOLUTIONS: dict[int, type[nn.ConvTranspose2d] | type[nn.ConvTranspose3d]] = {
    2: nn.ConvTranspose2d,
    3: nn.ConvTranspose3d,
}


def conv_stack(num_axes: int, channels: Sequence[int]) -> nn.Sequential:
    """Return 3x3 convolutions with ReLU that keep the size, of these channels from the first input to the last output.

    Each convolution and its ReLU are a module of their own: "0.0.weight", "1.0.weight" and so on.
    """
    return nn.Sequential(
        *(
            nn.Sequential(CONVOLUTIONS[num_axes](before, after, 3, padding=1), nn.ReLU(inplace=True))
            for before, after in pairwise(channels)
        )
    )


def by_anchor(outputs: Tensor, num_anchors: int) -> Tensor:
    """Return what a head says of each anchor, in the order in which anchors are made.

    Args:
        outputs: (N, num_anchors x K, H, W) or with D before H.
        num_anchors: Anchors at each place.

    Returns:
        (N, places x num_anchors, K).
    """
    num_pictures, _, *places = outputs.shape
    by_kind = outputs.view(num_pictures, num_anchors, -1, *places).flatten(3)  # (N, A, K, places)
    return by_kind.permute(0, 3, 1, 2).flatten(1, 2)  # (N, places x A, K)
