"""Places nuclei among others: strewn, or beside one, and hardly on any."""

import numpy as np

MOST_COVERED = 0.15
"""Share of a new nucleus that may lie under others."""
_OVERLAP_PIXELS = 2
"""By which circles of the same areas overlap when a nucleus is put beside another one."""


def place(
    numbers: np.ndarray, mask: np.ndarray, number: int, *, beside_share: float, tries: int, rng: np.random.Generator
) -> tuple[int, int] | None:
    """Write a nucleus among numbered ones (H, W) and return its corner; None where it found no place.

    Args:
        numbers: changed in place.
        mask: bool, (h, w), of the new nucleus.
        number: of it.
        beside_share: chance with which it is put beside another one.
        tries: at a place.
        rng: draws it.
    """
    for _ in range(tries):
        corner = place_for(numbers, mask.shape, beside=bool(rng.random() < beside_share), rng=rng)
        if put(numbers, mask, corner, number):
            return corner
    return None


def place_for(
    numbers: np.ndarray, shape: tuple[int, ...], *, beside: bool, rng: np.random.Generator
) -> tuple[int, int]:
    """Return the corner of a place for a mask of this shape among numbered nuclei (H, W).

    Args:
        numbers: 1, 2, ... of the nuclei that there are, 0 elsewhere.
        shape: (h, w) of the mask.
        beside: at the border of another one, if there is any; else anywhere, partly outside too.
        rng: draws it.
    """
    places = np.argwhere(numbers == rng.integers(1, numbers.max() + 1)) if beside and numbers.any() else ()
    if len(places):
        angle = rng.uniform(0, 2 * np.pi)
        distance = np.sqrt(len(places) / np.pi) + np.mean(shape) / 2 - _OVERLAP_PIXELS
        row, column = np.mean(places, 0) + distance * np.array([np.sin(angle), np.cos(angle)])
        return int(row - shape[0] / 2), int(column - shape[1] / 2)
    sides = zip(shape, numbers.shape, strict=True)
    top, left = (int(rng.integers(-side // 2, length - side // 2)) for side, length in sides)
    return top, left


def put(numbers: np.ndarray, mask: np.ndarray, corner: tuple[int, int], number: int) -> bool:
    """Write a nucleus where it lies within the picture and hardly under others, and say whether it was.

    Args:
        numbers: of the nuclei, (H, W); changed in place.
        mask: bool, (h, w), of the new one.
        corner: row and column of the mask's first pixel, which may lie outside.
        number: of the new one.
    """
    within, part = overlap_of(mask.shape, corner, numbers.shape)
    visible = mask[part]
    free = visible & (numbers[within] == 0)
    if not free.any() or free.sum() < (1 - MOST_COVERED) * visible.sum():
        return False
    numbers[within][free] = number
    return True


def overlap_of(
    shape: tuple[int, ...], corner: tuple[int, int], size: tuple[int, ...]
) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Return the part of a picture (H, W) on which a patch (h, w) lies, and the part of the patch that lies on it."""
    starts = [min(max(at, 0), length) for at, length in zip(corner, size, strict=True)]
    ends = [min(max(at + side, 0), length) for at, side, length in zip(corner, shape, size, strict=True)]
    within = tuple(slice(start, end) for start, end in zip(starts, ends, strict=True))
    return within, tuple(slice(seen.start - at, seen.stop - at) for seen, at in zip(within, corner, strict=True))
