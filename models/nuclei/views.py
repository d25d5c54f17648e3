"""Mirrored and enlarged views of a picture, and what was found in them brought back into the picture."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from models.detection.found import FoundObjects, PlacedMask
from models.nuclei.merging import objects_of

MIRRORS: tuple[tuple[int, ...], ...] = ((), (1,), (0,), (0, 1))
"""Axes along which a view is mirrored: not at all, left and right, up and down, both."""


def mirrored(array: np.ndarray, axes: Sequence[int]) -> np.ndarray:
    """Return an array (H, W) or (H, W, C) mirrored along some of its first two axes; twice gives it back."""
    return np.ascontiguousarray(np.flip(array, tuple(axes))) if axes else array


def mirrored_back(found: FoundObjects, size: Sequence[int], axes: Sequence[int]) -> FoundObjects:
    """Return objects that were found in a mirrored picture (H, W) as they lie in the picture itself."""
    masks = []
    for placed in found.masks:
        corner = tuple(size[axis] - side.stop if axis in axes else side.start for axis, side in enumerate(placed.place))
        masks.append(PlacedMask(corner, mirrored(placed.mask, axes)))
    return replace_masks(found, masks)


def rescaled(found: FoundObjects, old_size: Sequence[int], new_size: Sequence[int]) -> FoundObjects:
    """Return objects of a picture of one size as they lie in the same picture at another size (H, W)."""
    if tuple(old_size) == tuple(new_size):
        return found
    return replace_masks(found, [_rescaled_mask(placed, old_size, new_size) for placed in found.masks])


def replace_masks(found: FoundObjects, masks: Sequence[PlacedMask]) -> FoundObjects:
    """Return the objects with other masks and the boxes around them; those whose masks are empty are left out."""
    made = objects_of(list(zip(found.scores.tolist(), masks, strict=True)))
    return replace(made, scores=made.scores.astype(np.float32))


def _rescaled_mask(placed: PlacedMask, old_size: Sequence[int], new_size: Sequence[int]) -> PlacedMask:
    """Return a mask at another size: a pixel belongs to it when its centre lies in the smoothed old mask."""
    row_scale, column_scale = (new / old for new, old in zip(new_size, old_size, strict=True))
    scales = row_scale, column_scale
    starts = [int(np.floor(side.start * scale)) for side, scale in zip(placed.place, scales, strict=True)]
    stops = [
        min(int(np.ceil(side.stop * scale)), limit)
        for side, scale, limit in zip(placed.place, scales, new_size, strict=True)
    ]
    shape = tuple(max(stop - start, 1) for start, stop in zip(starts, stops, strict=True))
    shifts = [
        (start + 0.5) / scale - 0.5 - side.start
        for start, scale, side in zip(starts, scales, placed.place, strict=True)
    ]
    matrix = np.array([[1 / column_scale, 0, shifts[1]], [0, 1 / row_scale, shifts[0]]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = cv2.warpAffine(
        placed.mask.astype(np.float32), matrix, (shape[1], shape[0]), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return PlacedMask(tuple(starts), warped >= 0.5)
