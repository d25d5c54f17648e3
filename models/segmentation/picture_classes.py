"""Gives every pixel of a picture, or voxel of a volume in memory, a class, tile by tile."""

from collections.abc import Generator, Sequence
from typing import Any

import numpy as np
import torch

from models.imaging.answer import Progress
from models.imaging.tiles import tiles_of
from models.segmentation.network_input import to_network_input
from models.segmentation.overlap_tile import segment_tile_by_tile


def classify_pixels(
    network: Any, pixels: np.ndarray, *, tile: Sequence[int], overlap: int
) -> Generator[Progress, None, np.ndarray]:
    """Return the likeliest class of every pixel, int64, (H, W) or (D, H, W), saying after each tile how far it is.

    Args:
        network: in evaluation mode; gives logits (N, K, H, W).
        pixels: uint8, or float32 in 0..1, (H, W, C) or (D, H, W, C).
        tile: most that is looked at once, along each axis; of networks with valid convolutions, most that is answered.
        overlap: how far neighbouring tiles see the same, pixels; valid convolutions need none.
    """
    device = next(network.parameters()).device
    inputs = to_network_input(torch.from_numpy(pixels[None]), num_channels=int(getattr(network, "in_channels", 3)))[0]
    size = tuple(inputs.shape[1:])
    if hasattr(network, "tile_shape"):
        logits = yield from segment_tile_by_tile(network, inputs, tile=tuple(tile), device=device)
        return np.asarray(logits.argmax(0).cpu().numpy())
    classes = np.zeros(size, np.int64)
    tiles = tiles_of(size, tile, overlap)
    for done, one in enumerate(tiles, start=1):
        with torch.inference_mode():
            logits = network(inputs[(slice(None), *one.seen)][None].to(device))[0]
        classes[one.counted] = logits.argmax(0).cpu().numpy()[one.counted_within]
        yield Progress(done, len(tiles), "tiles")
    return classes
