"""Runs a network over a volume of any size: overlapping windows, blended by Gaussian weights, in bounded memory.

The volume is read a layer of windows at a time, and scores are handed over as soon as no window to come touches them.
Where even one layer of scores is too large, the slices are worked through in blocks, whose windows at the borders run
once for each block that they touch: what comes out is the same.

Source: the blending is that of nnU-Net (Isensee et al. 2021, github.com/MIC-DKFZ/nnUNet, Apache-2.0): a Gaussian whose
standard deviation is an eighth of the window. Difference: weights are divided by their sum beforehand, along each axis
by itself, so that scores are means from the start and no sum of weights is kept.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from itertools import pairwise, product
from math import ceil
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from models.imaging.answer import Progress

MAX_BLOCK_BYTES = 256 * 2**20
"""Scores of one block of slices that are kept until they are whole."""
_SIGMA, _LEAST_WEIGHT = 0.125, 1e-3

Place = tuple[slice, slice, slice]
"""Where in the volume, along D, H and W."""
Take = Callable[[Place, Tensor], None]
"""Is given blended scores, float32 of shape (K, d, h, w), each voxel's once; they are overwritten afterwards."""


class Slabs(Protocol):
    """A volume as it is read here: `Volume` and `StoredVolume` are such."""

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Channels, depth, height and width."""
        ...

    def read_slab(self, start: int, stop: int, /) -> np.ndarray:
        """Return the slices from one up to another, float32, shape (C, stop - start, H, W)."""
        ...


def slide(
    volume: Slabs,
    network: Callable[[Tensor], Tensor],
    take: Take,
    *,
    num_outputs: int,
    window: tuple[int, int, int],
    overlap: float = 0.5,
    max_block_bytes: int = MAX_BLOCK_BYTES,
) -> Generator[Progress, None, None]:
    """Give `take` the network's scores of every voxel, blended where windows overlap.

    Args:
        volume: a volume smaller than the window is continued with the values at its border.
        network: maps (1, C, *window), float32 on the CPU, to (1, K, *window) of the same kind.
        take: is given the scores, block by block.
        num_outputs: K.
        window: voxels along D, H and W.
        overlap: share of a window that its neighbour sees too, from 0 to below 1.
        max_block_bytes: of scores that are kept at a time.

    Raises:
        ValueError: the network returns another shape, or an argument is out of its range.
    """
    if min(window) < 1 or not 0 <= overlap < 1 or num_outputs < 1:
        raise ValueError(
            f"window and num_outputs must be at least 1 and overlap in 0..1, got {window}, {num_outputs} and {overlap}"
        )
    depths, heights, widths = (
        _Axis(length, side, overlap) for length, side in zip(volume.shape[1:], window, strict=True)
    )
    blocks = _blocks(heights, widths, max_block_bytes // (4 * num_outputs * depths.side))
    total = len(depths.starts) * sum(len(rows.steps) * len(columns.steps) for rows, columns in blocks)
    done = 0
    for rows, columns in blocks:
        kept = torch.zeros(num_outputs, depths.side, rows.length, columns.length)
        for layer, (start, stop) in enumerate(depths.finished):
            slab = _padded(volume.read_slab(start, min(start + depths.side, depths.length)), window)
            for row, column in product(rows.steps, columns.steps):
                seen = slab[None, :, :, row.seen, column.seen]
                scores = _checked(network(seen), (1, num_outputs, *window))[0, :, :, row.used, column.used]
                weights = depths.weights[layer][:, None, None] * row.weights[:, None] * column.weights
                kept[:, :, row.place, column.place].addcmul_(scores, weights)
                done += 1
                yield Progress(done, total, "windows")
            take((slice(start, stop), rows.place, columns.place), kept[:, : stop - start])
            _advance(kept, stop - start)


def label_volume(
    volume: Slabs,
    network: Callable[[Tensor], Tensor],
    *,
    num_outputs: int,
    window: tuple[int, int, int],
    overlap: float = 0.5,
) -> Generator[Progress, None, np.ndarray]:
    """Return the class of every voxel: the one with the highest score, or of a single one whether it is above 0.

    Args are those of `slide`.

    Returns:
        uint8, shape (D, H, W).
    """
    labels = np.zeros(volume.shape[1:], np.uint8)

    def take(place: Place, scores: Tensor) -> None:
        depths, rows, columns = place
        for index, depth in enumerate(range(depths.start, depths.stop)):  # slice by slice: indices take 8 bytes
            plane = scores[:, index]
            chosen = plane.argmax(0) if num_outputs > 1 else plane[0] > 0
            labels[depth, rows, columns] = chosen.numpy()

    yield from slide(volume, network, take, num_outputs=num_outputs, window=window, overlap=overlap)
    return labels


class _Axis:
    """Where the windows lie along one axis, and what each place of each of them weighs."""

    def __init__(self, length: int, side: int, overlap: float) -> None:
        self.length, self.side = length, side
        last = max(length - side, 0)
        self.starts = sorted({*range(0, last, max(round(side * (1 - overlap)), 1)), last})
        places = torch.arange(side) - (side - 1) / 2
        bell = torch.exp(-((places / (_SIGMA * side)) ** 2) / 2).clamp_min(_LEAST_WEIGHT)
        total = torch.zeros(max(length, side))
        for start in self.starts:
            total[start : start + side] += bell
        self.weights = [bell / total[start : start + side] for start in self.starts]
        """Of each window; those of all windows at a place sum to one."""
        self.finished = list(pairwise([*self.starts, length]))
        """From the start of each window to the start of the next: what is whole once it has run."""


@dataclass(frozen=True, eq=False)
class _Step:
    """What a window sees along one axis, and what of it a block uses."""

    seen: slice
    used: slice
    """Of the window."""
    place: slice
    """Of the block."""
    weights: Tensor


@dataclass(frozen=True, eq=False)
class _Stretch:
    """A part of one axis, with the windows that touch it."""

    place: slice
    steps: list[_Step]

    @property
    def length(self) -> int:
        return int(self.place.stop - self.place.start)

    @classmethod
    def of(cls, axis: _Axis, start: int, stop: int) -> "_Stretch":
        steps = []
        for begin, weights in zip(axis.starts, axis.weights, strict=True):
            first, last = max(begin, start), min(begin + axis.side, stop)
            if first < last:
                used = slice(first - begin, last - begin)
                seen, place = slice(begin, begin + axis.side), slice(first - start, last - start)
                steps.append(_Step(seen, used, place, weights[used]))
        return cls(slice(start, stop), steps)


def _blocks(heights: _Axis, widths: _Axis, most_places: int) -> list[tuple[_Stretch, _Stretch]]:
    """Cut the slices into equal parts, the longer side first, until one has no more places than allowed."""
    rows, columns = heights.length, widths.length
    while rows * columns > most_places and (rows > heights.side or columns > widths.side):
        if rows * widths.side > columns * heights.side:
            rows = ceil(rows / 2)
        else:
            columns = ceil(columns / 2)
    return list(product(_stretches(heights, rows), _stretches(widths, columns)))


def _stretches(axis: _Axis, length: int) -> list[_Stretch]:
    return [_Stretch.of(axis, start, min(start + length, axis.length)) for start in range(0, axis.length, length)]


def _padded(slab: np.ndarray, window: tuple[int, int, int]) -> Tensor:
    missing = [(0, max(side - found, 0)) for side, found in zip(window, slab.shape[1:], strict=True)]
    if any(after for _, after in missing):
        slab = np.pad(slab, [(0, 0), *missing], mode="edge")
    return torch.from_numpy(np.ascontiguousarray(slab, np.float32))


def _checked(scores: Tensor, shape: tuple[int, ...]) -> Tensor:
    if tuple(scores.shape) != shape:
        raise ValueError(f"a network over windows must return scores of shape {shape}, got {tuple(scores.shape)}")
    return scores


def _advance(kept: Tensor, num_slices: int) -> None:
    """Move what is not whole yet to the front, and make room behind it."""
    rest = kept.shape[1] - num_slices
    for index in range(rest):  # a slice at a time: source and target overlap
        kept[:, index] = kept[:, index + num_slices]
    kept[:, rest:] = 0
