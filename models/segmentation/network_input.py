"""How pictures and volumes become what networks for pixels read."""

import torch
from torch import Tensor


def to_network_input(pixels: Tensor, *, num_channels: int) -> Tensor:
    """Map uint8 or float32 in 0..1, (N, H, W, C), to float32 in [-1, 1], (N, num_channels, H, W); likewise volumes.

    A network of one channel sees the mean of the colours; one of three sees what is grey three times.
    """
    shades = pixels.float() / 255 if pixels.dtype == torch.uint8 else pixels.float()
    shades = shades.movedim(-1, 1) * 2 - 1
    if shades.shape[1] == num_channels:
        return shades
    return shades.mean(1, keepdim=True).expand(-1, num_channels, *(-1 for _ in shades.shape[2:]))
