"""A picture or volume with the objects or classes that people marked in it, as training reads it."""

from dataclasses import dataclass, field, replace

import numpy as np

from models.imaging.numbered_boxes import numbered_boxes

UNKNOWN = -1
"""Class of pixels that nobody labelled: nothing is learned from them."""
Boxes = np.ndarray


@dataclass(frozen=True, eq=False)
class LabelledPicture:
    """One picture, or one volume, with its marks."""

    name: str
    pixels: np.ndarray
    """Of a picture uint8 RGB, (H, W, 3); of a volume float32 in 0..1, (D, H, W, C)."""
    layers: np.ndarray
    """int32, (L, H, W) or (L, D, H, W): numbers of marks, 0 for the background. Marks that overlap lie in different
    layers, and each has its own number."""
    classes: np.ndarray
    """int64, (highest number + 1,): the class of each number, 0 for the background, `UNKNOWN` where none is known."""
    has_outlines: bool = True
    """False where only boxes were marked: their rectangles fill the layers."""
    groups: dict[str, str] = field(default_factory=dict)
    """What it belongs to, such as its look or its patient."""

    def __post_init__(self) -> None:
        if self.layers.shape[1:] != self.size:
            raise ValueError(f"{self.name}: marks must be as large as the pixels, {self.size}, got {self.layers.shape}")
        if self.layers.size and int(self.layers.max()) >= len(self.classes):
            raise ValueError(f"{self.name}: number {self.layers.max()} has no class, there are {len(self.classes)}")

    @property
    def size(self) -> tuple[int, ...]:
        """(H, W) or (D, H, W)."""
        return tuple(self.pixels.shape[:-1])

    @property
    def class_map(self) -> np.ndarray:
        """Class of every pixel, int64, (H, W): where marks overlap, that of the last layer."""
        found = self.classes[self.layers[0]]
        for layer in self.layers[1:]:
            found = np.where(layer > 0, self.classes[layer], found)
        return np.asarray(found)

    def objects(self, *, fewest_pixels: int = 1) -> "MarkedObjects":
        """Return the objects, in the order of their numbers.

        Args:
            fewest_pixels: objects of which less is left, as at the border of a crop, do not count.
        """
        boxes, classes, masks = [], [], []
        for layer in self.layers:
            for number, place in numbered_boxes(layer):
                if self.classes[number] <= 0:
                    continue
                mask = layer[place] == number
                if mask.sum() >= fewest_pixels:
                    boxes.append([*(side.start for side in place[::-1]), *(side.stop for side in place[::-1])])
                    classes.append(int(self.classes[number]))
                    masks.append(layer == number)
        return MarkedObjects(
            np.array(boxes, np.float32).reshape(len(boxes), 2 * len(self.size)),
            np.array(classes, np.int64),
            np.stack(masks) if masks else np.zeros((0, *self.size), bool),
        )

    def with_views(self, pixels: np.ndarray, layers: np.ndarray) -> "LabelledPicture":
        """Return the same marks as another view shows them."""
        return replace(self, pixels=pixels, layers=layers)


@dataclass(frozen=True, eq=False)
class MarkedObjects:
    """The objects of one picture."""

    boxes: Boxes
    """float32, (N, 2 d): x1, y1, x2, y2 or x1, y1, z1, x2, y2, z2; edges are exclusive."""
    classes: np.ndarray
    """int64, (N,), from 1 on."""
    masks: np.ndarray
    """bool, (N, H, W) or (N, D, H, W)."""


def marked_instances(
    name: str, pixels: np.ndarray, instances: np.ndarray, groups: dict[str, str] | None = None
) -> LabelledPicture:
    """Return a picture whose objects, all of one class, have a number each; the numbers are made gapless."""
    numbers, indices = np.unique(instances, return_inverse=True)
    shift = 0 if len(numbers) and numbers[0] == 0 else 1
    layer = (indices.reshape(instances.shape) + shift).astype(np.int32)
    classes = np.ones(len(numbers) + shift, np.int64)
    classes[0] = 0
    return LabelledPicture(name, pixels, layer[None], classes, groups=dict(groups or {}))


def marked_classes(
    name: str, pixels: np.ndarray, classes: np.ndarray, groups: dict[str, str] | None = None
) -> LabelledPicture:
    """Return a picture of which every pixel has a class, `UNKNOWN` where nobody labelled it."""
    highest = int(classes.max(initial=0))
    layer = np.where(classes == UNKNOWN, highest + 1, classes).astype(np.int32)
    return LabelledPicture(
        name, pixels, layer[None], np.array([*range(highest + 1), UNKNOWN], np.int64), groups=dict(groups or {})
    )
