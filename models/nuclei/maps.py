"""What the network for nuclei says of every pixel of a picture, from several looks at it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from models.imaging.resizing import resized
from models.imaging.tiles import tiles_of
from models.networks.nuclei import CENTRE, DOWN, GROUND, NORMAL_DIAMETER, NUCLEUS, RIGHT, SIDE_MULTIPLE
from models.segmentation.network_input import to_network_input

MIRRORS: tuple[tuple[int, ...], ...] = ((), (1,), (0,), (0, 1))
"""Axes along which a look is mirrored: not at all, left and right, up and down, both."""
_OUTLINED, _NUM_MAPS = 4, 5
_TILE, _OVERLAP = (512, 512), 96


@dataclass(frozen=True, eq=False)
class NucleusMaps:
    """Maps of one picture."""

    values: np.ndarray
    """float32, (H, W, 5): probabilities, and rows and columns to a centre in pixels."""

    @property
    def centre(self) -> np.ndarray:
        """How surely a pixel is the centre of a nucleus."""
        return self.values[..., CENTRE]

    @property
    def way(self) -> np.ndarray:
        """(H, W, 2): rows down and columns right to the centre of the nucleus that a pixel is of."""
        return self.values[..., DOWN : RIGHT + 1]

    @property
    def nucleus(self) -> np.ndarray:
        """How surely a pixel is of a nucleus, as seen at half the size."""
        return self.values[..., NUCLEUS]

    @property
    def outlined(self) -> np.ndarray:
        """How surely a pixel is of a nucleus, as seen at full size."""
        return self.values[..., _OUTLINED]

    def resized(self, size: Sequence[int]) -> "NucleusMaps":
        """Return the maps of the same picture at another size (H, W)."""
        if tuple(size) == self.values.shape[:2]:
            return self
        parts = np.split(self.values, [_OUTLINED], axis=-1)  # the library resizes four channels at most
        values = np.dstack([resized(np.ascontiguousarray(part), size) for part in parts])
        scales = [new / old for new, old in zip(size, self.values.shape[:2], strict=True)]
        values[..., DOWN : RIGHT + 1] *= np.array(scales, np.float32)
        return NucleusMaps(values)

    def joined(self, other: "NucleusMaps", num_looks: int) -> "NucleusMaps":
        """Return what so many looks say on average: another one, and those of which these maps are the mean."""
        return NucleusMaps(self.values + (other.values - self.values) / np.float32(num_looks))


def empty_maps(size: Sequence[int]) -> NucleusMaps:
    """Return maps of a picture (H, W) at which nobody has looked yet: the mean of no looks."""
    return NucleusMaps(np.zeros((*size, _NUM_MAPS), np.float32))


def look_at(network: Any, pixels: np.ndarray, axes: Sequence[int] = ()) -> NucleusMaps:
    """Return what the network says of a picture that it sees mirrored along some axes, as it lies unmirrored.

    Args:
        network: a `NucleiNet` in evaluation mode.
        pixels: uint8, (H, W, 3), of one look and of normal scale.
        axes: one of `MIRRORS`.
    """
    values = _mirrored(_tile_by_tile(network, _mirrored(pixels, axes)), axes)
    for axis in axes:
        values[..., DOWN + axis] *= -1
    return NucleusMaps(values)


@torch.inference_mode()
def _tile_by_tile(network: Any, pixels: np.ndarray) -> np.ndarray:
    values = np.zeros((*pixels.shape[:2], _NUM_MAPS), np.float32)
    for tile in tiles_of(pixels.shape[:2], _TILE, _OVERLAP):
        values[tile.counted] = _tile_values(network, pixels[tile.seen])[tile.counted_within]
    return values


def _tile_values(network: Any, pixels: np.ndarray) -> np.ndarray:
    """Return the maps of a tile, which is mirrored at its ends up to a size that the network reads."""
    height, width = pixels.shape[:2]
    padded = np.pad(pixels, (*((0, -side % SIDE_MULTIPLE) for side in (height, width)), (0, 0)), mode="symmetric")
    inputs = to_network_input(torch.from_numpy(padded[None]), num_channels=3)
    outputs = network(inputs.to(next(network.parameters()).device)).float()[0, :, :height, :width]
    found, ways = outputs[[CENTRE, NUCLEUS]].sigmoid(), outputs[DOWN : RIGHT + 1] * NORMAL_DIAMETER
    maps = torch.cat([found[:1], ways, found[1:], 1 - outputs[GROUND:].softmax(0)[:1]])
    return np.asarray(maps.permute(1, 2, 0).cpu().numpy())


def _mirrored(array: np.ndarray, axes: Sequence[int]) -> np.ndarray:
    return np.ascontiguousarray(np.flip(array, tuple(axes))) if axes else array
