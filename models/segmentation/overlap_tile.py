"""Segments a picture or volume of any size with a network of valid convolutions, tile by tile, without a seam.

Source: Ronneberger et al. 2015, arXiv:1505.04597, figure 2 (overlap-tile): tiles of the output lie side by side, the
input of each reaches beyond it by the network's margin, and what lies outside the picture is its mirror image. Every
pixel is therefore computed once, from the same surroundings wherever the borders of the tiles lie.
"""

import itertools
from collections.abc import Generator
from typing import Protocol

import torch
from torch import Tensor

from models.imaging.answer import Progress
from models.imaging.finished import finish
from models.segmentation.tile_shape import TileShape


class TiledNetwork(Protocol):
    """A network that says how its output follows from its input."""

    tile_shape: TileShape

    def __call__(self, tiles: Tensor) -> Tensor:
        """Return (N, K, ...) for tiles (N, C, ...)."""
        ...


def segment_by_tiles(
    network: TiledNetwork, picture: Tensor, *, tile: tuple[int, ...], device: torch.device | str = "cpu"
) -> Tensor:
    """Return the logits of every pixel or voxel.

    Args:
        network: In evaluation mode, on `device`.
        picture: (C, H, W) or (C, D, H, W), floating point, wherever there is room for it.
        tile: About how much output to compute at once, along each axis. It decides about memory and time, not about
            the result.
        device: Where the network lies.

    Returns:
        (K, H, W) or (K, D, H, W), float32, where the picture lies.

    Raises:
        ValueError: the picture is empty, or has other axes than the tile.
    """
    return finish(segment_tile_by_tile(network, picture, tile=tile, device=device))


def segment_tile_by_tile(
    network: TiledNetwork, picture: Tensor, *, tile: tuple[int, ...], device: torch.device | str = "cpu"
) -> Generator[Progress, None, Tensor]:
    """Return what `segment_by_tiles` does, and say after each tile how far it is."""
    sizes = tuple(picture.shape[1:])
    if len(tile) != len(sizes) or not all(sizes):
        raise ValueError(f"a tile needs one size for each of the {len(sizes)} axes of {sizes}, none of them 0: {tile}")
    step, covered = _tiling(network.tile_shape, sizes, tile)
    margins = network.tile_shape.margins
    logits = torch.empty(0)
    places = list(itertools.product(*(range(0, size, length) for size, length in zip(sizes, step, strict=True))))
    for done, starts in enumerate(places, start=1):
        with torch.inference_mode():
            part = network(_mirrored(picture, starts, covered, margins)[None].to(device))[0]
        if not logits.numel():
            logits = torch.empty((len(part), *sizes), device=picture.device)
        ends = tuple(min(start + length, size) for start, length, size in zip(starts, step, sizes, strict=True))
        within = tuple(slice(0, end - start) for start, end in zip(starts, ends, strict=True))
        place = tuple(slice(start, end) for start, end in zip(starts, ends, strict=True))
        logits[(slice(None), *place)] = part[(slice(None), *within)].to(logits)
        yield Progress(done, len(places), "tiles")
    return logits


def _tiling(shape: TileShape, sizes: tuple[int, ...], tile: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return how far tiles lie apart, and how large the output of each is.

    Tiles start at multiples of what the network halves by, so that the halvings fall on the same pixels in all of them.
    """
    step = tuple(
        size if wanted >= size else max(wanted // multiple, 1) * multiple
        for size, wanted, multiple in zip(sizes, tile, shape.multiples, strict=True)
    )
    return step, shape.output_covering(step)


def _mirrored(picture: Tensor, starts: tuple[int, ...], step: tuple[int, ...], margins: tuple[int, ...]) -> Tensor:
    """Return what a tile of output sees, from the picture and its mirror images."""
    for axis, (start, length, margin) in enumerate(zip(starts, step, margins, strict=True), start=1):
        places = torch.arange(start - margin, start + length + margin, device=picture.device)
        picture = picture.index_select(axis, _reflected(places, picture.shape[axis]))
    return picture


def _reflected(places: Tensor, size: int) -> Tensor:
    """Map places outside 0..size - 1 to those that a mirror at the first and the last place shows there."""
    if size == 1:
        return torch.zeros_like(places)
    period = 2 * (size - 1)
    within = places.remainder(period)
    return torch.where(within < size, within, period - within)
