"""Which slices of a volume somebody would annotate: spread evenly, along all three axes in turn."""

from collections.abc import Mapping, Sequence

from models.training.volumes.annotation import Slices


def spread_slices(shape: Sequence[int], count: int, held_out: Mapping[int, Sequence[int]] | None = None) -> Slices:
    """Return so many slices, as many along each axis as along the others or one more.

    Args:
        shape: of the volume, (D, H, W).
        count: of slices.
        held_out: slices by axis that must not be annotated; the nearest that may is taken instead.

    Raises:
        ValueError: there are not so many slices.
    """
    found: Slices = {}
    for axis in range(3):
        free = [index for index in range(shape[axis]) if index not in (held_out or {}).get(axis, ())]
        number = (count - axis + 2) // 3
        if number > len(free):
            raise ValueError(f"required {number} slices along {'DHW'[axis]}, found {len(free)}")
        if number:
            found[axis] = tuple(free[int((place + 0.5) / number * len(free))] for place in range(number))
    return found
