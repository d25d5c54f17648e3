"""Objects that a detector found in one picture or volume, each with a mask no larger than itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from models.imaging.nearest import nearest_indices
from models.imaging.run_lengths import encode_mask
from models.results import Detections


@dataclass(frozen=True, eq=False)
class PlacedMask:
    """The pixels of one object."""

    corner: tuple[int, ...]
    """Where the mask's first pixel lies: row and column, in volumes slice, row and column."""
    mask: np.ndarray
    """bool, (h, w) or (d, h, w)."""

    @property
    def place(self) -> tuple[slice, ...]:
        """The part of the picture in which the mask lies."""
        return tuple(slice(start, start + length) for start, length in zip(self.corner, self.mask.shape, strict=True))

    @property
    def area(self) -> int:
        """Number of pixels."""
        return int(self.mask.sum())

    def shared(self, other: "PlacedMask") -> int:
        """Return the number of pixels that both have."""
        common = [
            (max(one.start, two.start), min(one.stop, two.stop))
            for one, two in zip(self.place, other.place, strict=True)
        ]
        if any(start >= stop for start, stop in common):
            return 0
        parts = [
            mask.mask[tuple(slice(a - first, b - first) for (a, b), first in zip(common, mask.corner, strict=True))]
            for mask in (self, other)
        ]
        return int((parts[0] & parts[1]).sum())


@dataclass(frozen=True, eq=False)
class FoundObjects:
    """The objects of one picture or volume."""

    boxes: np.ndarray
    """float32, (N, 2 d): x1, y1, x2, y2 or x1, y1, z1, x2, y2, z2."""
    classes: np.ndarray
    """int64, (N,), from 1 on."""
    scores: np.ndarray
    """float32, (N,), in 0..1."""
    masks: tuple[PlacedMask, ...] = ()
    """One an object, or none."""

    def __len__(self) -> int:
        return len(self.scores)

    def chosen(self, indices: Sequence[int]) -> "FoundObjects":
        """Return some of the objects, in the order given."""
        kept = list(indices)
        return FoundObjects(
            self.boxes[kept],
            self.classes[kept],
            self.scores[kept],
            tuple(self.masks[index] for index in kept) if self.masks else (),
        )

    def at_least(self, score: float) -> "FoundObjects":
        """Return the objects with this score or a higher one."""
        return self.chosen(np.flatnonzero(self.scores >= score).tolist())


def no_objects(num_axes: int = 2) -> FoundObjects:
    """Return that nothing was found."""
    return FoundObjects(np.zeros((0, 2 * num_axes), np.float32), np.zeros(0, np.int64), np.zeros(0, np.float32))


def joined(parts: Sequence[FoundObjects]) -> FoundObjects:
    """Return the objects of several looks at one picture, one after the other."""
    masks = tuple(mask for part in parts for mask in part.masks)
    boxes, classes, scores = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("boxes", "classes", "scores")
    )
    return FoundObjects(boxes, classes, scores, masks)


def distinct(found: FoundObjects, *, largest_share: float) -> FoundObjects:
    """Return the objects without those that a better one of their class covers, best first.

    Args:
        found: objects with masks, or boxes alone.
        largest_share: of the smaller of two objects that both may have in common.
    """
    common: Callable[[int, int], float] = _mask_share(found) if found.masks else _box_share(found)
    kept: list[int] = []
    for index in np.argsort(-found.scores, kind="stable").tolist():
        rivals = (one for one in kept if found.classes[one] == found.classes[index])
        if all(common(index, one) <= largest_share for one in rivals):
            kept.append(index)
    return found.chosen(kept)


def resized(found: FoundObjects, old: Sequence[int], new: Sequence[int]) -> FoundObjects:
    """Return objects with masks as they lie in the same picture at another size; those left without a pixel go.

    Args:
        found: objects of a picture of the old size.
        old: (H, W), of volumes (D, H, W).
        new: likewise.
    """
    scales = np.array([after / before for before, after in zip(old, new, strict=True)][::-1] * 2, np.float32)
    masks = [_resized_mask(placed, old, new) for placed in found.masks]
    kept = [index for index, placed in enumerate(masks) if placed.mask.any()]
    moved = FoundObjects(found.boxes * scales, found.classes, found.scores, tuple(masks))
    return moved.chosen(kept)


def _resized_mask(placed: PlacedMask, old: Sequence[int], new: Sequence[int]) -> PlacedMask:
    """Return a mask of which each pixel is that of the nearest one."""
    corner, chosen = [], []
    for part, before, after in zip(placed.place, old, new, strict=True):
        nearest = nearest_indices(before, after)
        low, high = np.searchsorted(nearest, (part.start, part.stop))
        corner.append(int(low))
        chosen.append(nearest[low:high] - part.start)
    return PlacedMask(tuple(corner), np.asarray(placed.mask[np.ix_(*chosen)]))


def instance_layer(found: FoundObjects, size: Sequence[int]) -> np.ndarray:
    """Return objects as numbers from 1 in their order, int32; where they overlap, the surer one has the pixel."""
    layer = np.zeros(tuple(size), np.int32)
    for index in np.argsort(found.scores, kind="stable").tolist():
        placed = found.masks[index]
        layer[placed.place][placed.mask] = index + 1
    return layer


def to_detections(found: FoundObjects, labels: Sequence[str], size: Sequence[int]) -> Detections:
    """Return objects of a picture (H, W) as results; the first label is that of class 1."""
    masks = []
    for placed in found.masks:
        whole = np.zeros(tuple(size), bool)
        whole[placed.place] = placed.mask
        masks.append(encode_mask(whole))
    return Detections(
        tuple((float(x1), float(y1), float(x2), float(y2)) for x1, y1, x2, y2 in found.boxes),
        tuple(labels[index - 1] for index in found.classes),
        tuple(float(score) for score in found.scores),
        tuple(masks),
    )


def _mask_share(found: FoundObjects) -> Callable[[int, int], float]:
    areas = [max(placed.area, 1) for placed in found.masks]
    return lambda one, two: found.masks[one].shared(found.masks[two]) / min(areas[one], areas[two])


def _box_share(found: FoundObjects) -> Callable[[int, int], float]:
    num_axes = found.boxes.shape[1] // 2
    lower, upper = found.boxes[:, :num_axes], found.boxes[:, num_axes:]
    sizes = np.maximum((upper - lower).prod(1), 1e-9)

    def share(one: int, two: int) -> float:
        sides = np.minimum(upper[one], upper[two]) - np.maximum(lower[one], lower[two])
        return float(np.maximum(sides, 0).prod() / min(sizes[one], sizes[two]))

    return share
