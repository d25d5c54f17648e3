"""Finds the objects of a picture or volume of any size, tile by tile."""

from collections.abc import Generator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from models.detection.found import FoundObjects, PlacedMask, distinct, joined, no_objects
from models.imaging.answer import Progress
from models.imaging.tiles import Tile, tiles_of

MASK_PROBABILITY = 0.5
MOST_SHARED = 0.6
"""Of the smaller of two objects: what two tiles both found is one object."""


def find_objects(
    network: Any, picture: Tensor, *, tile: Sequence[int], overlap: int
) -> Generator[Progress, None, FoundObjects]:
    """Look for objects, saying after each tile how far it is.

    Args:
        network: a `RegionCnn` in evaluation mode.
        picture: (C, H, W) or (C, D, H, W), floating point in 0..1.
        tile: most that is looked at once, along each axis.
        overlap: of tiles, pixels; no object should be larger.

    Returns:
        The objects, best first; an object belongs to the tile whose counted part its centre lies in.
    """
    size = tuple(picture.shape[1:])
    tiles = tiles_of(size, tile, overlap)
    parts = []
    for done, one in enumerate(tiles, start=1):
        parts.append(_objects_of(network, picture, one))
        yield Progress(done, len(tiles), "tiles")
    found = joined(parts) if parts else no_objects(len(size))
    return distinct(found, largest_share=MOST_SHARED) if len(tiles) > 1 else found


@torch.inference_mode()
def _objects_of(network: Any, picture: Tensor, tile: Tile) -> FoundObjects:
    """Return the objects whose centres count for a tile, in pixels of the picture."""
    device = next(network.parameters()).device
    answer = network([picture[(slice(None), *tile.seen)].to(device)])[0]
    starts = [part.start for part in tile.seen]
    boxes = answer["boxes"].cpu().numpy().astype(np.float32) + np.array([*starts[::-1]] * 2, np.float32)
    num_axes = len(starts)
    centres = (boxes[:, :num_axes] + boxes[:, num_axes:])[:, ::-1] / 2
    masks = answer["masks"][:, 0].cpu() > MASK_PROBABILITY if "masks" in answer else None
    kept = [index for index, centre in enumerate(centres) if tile.counts(centre)]
    placed = []
    if masks is not None:
        trimmed = {index: _trimmed(masks[index], starts) for index in kept}
        kept = [index for index in kept if trimmed[index] is not None]
        placed = [mask for index in kept if (mask := trimmed[index]) is not None]
    return FoundObjects(
        boxes[kept], answer["labels"].cpu().numpy()[kept], answer["scores"].cpu().numpy()[kept], tuple(placed)
    )


def _trimmed(mask: Tensor, starts: Sequence[int]) -> PlacedMask | None:
    """Return a mask cut down to its object, or None where nothing is left of it."""
    whole = mask.numpy()
    part = []
    for axis in range(whole.ndim):
        used = np.flatnonzero(whole.any(axis=tuple(other for other in range(whole.ndim) if other != axis)))
        if not len(used):
            return None
        part.append(slice(int(used[0]), int(used[-1]) + 1))
    corner = tuple(side.start + start for side, start in zip(part, starts, strict=True))
    return PlacedMask(corner, whole[tuple(part)].copy())
