"""Masks as COCO writes them: the lengths of the runs of zeros and ones, column by column, in printable characters.

Source: pycocotools, maskApi.c (https://github.com/cocodataset/cocoapi, BSD-2): the coding of its `rleToString`.
"""

from typing import Any

import numpy as np

_FIRST_CHARACTER, _BITS, _MORE, _SIGN = 48, 5, 32, 16


def encode_mask(mask: np.ndarray) -> dict[str, Any]:
    """Return a mask of bool, shape (H, W), as {"size": [H, W], "counts": str}.

    Raises:
        ValueError: the mask has not two axes.
    """
    if mask.ndim != 2:
        raise ValueError(f"a mask must have shape (H, W), got {mask.shape}")
    flat = np.concatenate([[False], mask.ravel(order="F").astype(bool), [False]])
    changes = np.flatnonzero(flat[1:] != flat[:-1])
    lengths = np.diff(np.concatenate([[0], changes, [mask.size]]))
    if len(changes) and changes[-1] == mask.size:
        lengths = lengths[:-1]
    return {"size": [int(mask.shape[0]), int(mask.shape[1])], "counts": _written(lengths.tolist())}


def decode_mask(encoded: dict[str, Any]) -> np.ndarray:
    """Return the mask of `encode_mask`, bool, shape (H, W).

    Raises:
        ValueError: the runs do not fill the mask's size.
    """
    height, width = encoded["size"]
    lengths = _read(encoded["counts"])
    if sum(lengths) != height * width or min(lengths, default=0) < 0:
        raise ValueError(f"the runs of a mask of {height}x{width} must fill it, got {sum(lengths)} pixels")
    flat = np.repeat(np.arange(len(lengths)) % 2 == 1, lengths)
    return flat.reshape((height, width), order="F")


def mask_area(encoded: dict[str, Any]) -> int:
    """Return the number of pixels in a mask."""
    return sum(_read(encoded["counts"])[1::2])


def _written(lengths: list[int]) -> str:
    """Return the lengths as text, 5 bits a character: from the fourth on how each differs from the last of its kind."""
    text = []
    for index, length in enumerate(lengths):
        rest = length - lengths[index - 2] if index > 2 else length
        while True:
            bits, rest = rest & (_MORE - 1), rest >> _BITS
            is_last = rest == (-1 if bits & _SIGN else 0)
            text.append(chr((bits if is_last else bits | _MORE) + _FIRST_CHARACTER))
            if is_last:
                break
    return "".join(text)


def _read(text: str) -> list[int]:
    lengths: list[int] = []
    value = shift = 0
    for character in text:
        bits = ord(character) - _FIRST_CHARACTER
        value |= (bits & (_MORE - 1)) << shift
        shift += _BITS
        if bits & _MORE:
            continue
        if bits & _SIGN:
            value -= 1 << shift
        lengths.append(value + lengths[-2] if len(lengths) > 2 else value)
        value = shift = 0
    return lengths
