"""Reads COCO's JSON: which objects lie where in which picture; reads no picture.

Source: "COCO data format", https://cocodataset.org/#format-data.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from models.datasets.problems import Problems
from models.imaging.run_lengths import decode_mask

LARGEST_SLIP_PIXELS = 1.0
"""Boxes and outlines may leave their picture so far: some tools count pixels from 1, or by their borders."""


@dataclass(frozen=True, eq=False)
class CocoObject:
    """One object of a picture."""

    place: str
    """File and annotation."""
    label: str
    box: tuple[float, float, float, float]
    """x1, y1, x2, y2 in pixels."""
    segmentation: Any = None
    """Polygons, run lengths, or None."""
    is_crowd: bool = False

    def mask(self, size: tuple[int, int]) -> np.ndarray:
        """Return the pixels of the object, bool, (H, W): its outline, or without one its box.

        Raises:
            ValueError: the outline is none, or leaves the picture.
        """
        if not self.segmentation:
            mask = np.zeros(size, bool)
            x1, y1, x2, y2 = (round(side) for side in self.box)
            mask[max(y1, 0) : max(y2, y1 + 1), max(x1, 0) : max(x2, x1 + 1)] = True
            return mask
        if isinstance(self.segmentation, dict):
            return _from_run_lengths(self.segmentation, size)
        return _from_polygons(self.segmentation, size)


@dataclass(frozen=True, eq=False)
class CocoImage:
    """One picture and its objects."""

    file_name: str
    size: tuple[int, int]
    """Height and width."""
    place: str
    objects: list[CocoObject] = field(default_factory=list)


def read_coco(path: Path, labels: Sequence[str]) -> list[CocoImage]:
    """Return the pictures of a file.

    Args:
        path: of the JSON.
        labels: that may occur.

    Raises:
        ValueError: it cannot be read, or something is wrong with it; one line each, naming file and entry.
    """
    record = _record(path)
    problems = Problems()
    categories = {one.get("id"): str(one.get("name")) for one in record["categories"]}
    unknown = sorted(set(categories.values()) - set(labels))
    if unknown:
        problems.add(path, f"knows the classes {', '.join(unknown)}, the configuration's labels do not; name them")
    images: dict[Any, CocoImage] = {}
    for index, one in enumerate(record["images"]):
        place = f"{path}: images[{index}]"
        try:
            size = int(one["height"]), int(one["width"])
            images[one["id"]] = CocoImage(str(one["file_name"]), size, place)
        except (KeyError, TypeError, ValueError) as error:
            problems.add(place, f"must have id, file_name, height and width: {error!r}")
    for index, one in enumerate(record["annotations"]):
        _add_object(one, f"{path}: annotations[{index}]", images, categories, problems)
    problems.raise_if_any()
    return list(images.values())


def _record(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: must be COCO's annotations in JSON: {error}") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}:{error.lineno}: must be JSON: {error.msg}") from error
    lists = ("images", "annotations", "categories")
    absent = [name for name in lists if not isinstance(record, dict) or not isinstance(record.get(name), list)]
    if absent:
        raise ValueError(f"{path}: COCO's annotations must hold the lists {', '.join(lists)}; absent: {absent}")
    found: dict[str, Any] = record
    return found


def _add_object(
    one: Any, place: str, images: dict[Any, CocoImage], categories: dict[Any, str], problems: Problems
) -> None:
    if not isinstance(one, dict) or one.get("image_id") not in images or one.get("category_id") not in categories:
        problems.add(place, "must name an image_id and a category_id that the file has")
        return
    image = images[one["image_id"]]
    try:
        left, top, width, height = (float(side) for side in one["bbox"])
    except (KeyError, TypeError, ValueError):
        problems.add(place, f"bbox must be x, y, width and height, got {one.get('bbox')!r}")
        return
    box = (left, top, left + width, top + height)
    rows, columns = image.size
    slip = max(-left, -top, box[2] - columns, box[3] - rows)
    if not np.isfinite(box).all() or width <= 0 or height <= 0 or slip > LARGEST_SLIP_PIXELS:
        problems.add(place, f"bbox {one['bbox']} must have an extent and lie in {image.file_name}, {columns}x{rows}")
        return
    image.objects.append(
        CocoObject(place, categories[one["category_id"]], box, one.get("segmentation"), bool(one.get("iscrowd", 0)))
    )


def _from_run_lengths(encoded: dict[str, Any], size: tuple[int, int]) -> np.ndarray:
    if tuple(encoded.get("size", ())) != size:
        raise ValueError(f"run lengths must be of the picture's size {list(size)}, got {encoded.get('size')}")
    counts = encoded.get("counts")
    if isinstance(counts, str):
        return decode_mask(encoded)
    lengths = np.array(counts, np.int64)
    if lengths.ndim != 1 or (lengths < 0).any() or lengths.sum() != size[0] * size[1]:
        raise ValueError(f"run lengths must fill {size[0]}x{size[1]} pixels, got {lengths.sum()}")
    return np.repeat(np.arange(len(lengths)) % 2 == 1, lengths).reshape(size, order="F")


def _from_polygons(polygons: Any, size: tuple[int, int]) -> np.ndarray:
    mask = np.zeros(size, bool)
    for polygon in polygons:
        numbers = np.array(polygon, np.float64)
        if numbers.ndim != 1 or len(numbers) < 6 or len(numbers) % 2:
            raise ValueError(f"a polygon must be x, y of at least three corners, got {numbers.size} numbers")
        points = numbers.reshape(-1, 2)
        highest = np.array([size[1], size[0]]) + LARGEST_SLIP_PIXELS
        if not np.isfinite(points).all() or (points < -LARGEST_SLIP_PIXELS).any() or (points > highest).any():
            raise ValueError(f"a polygon must lie in the picture of {size[1]}x{size[0]}, it leaves it")
        mask |= _filled(points, size)
    return mask


def _filled(points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return the pixels whose centres lie in a polygon: those left of which it is crossed an odd number of times."""
    crossings = np.zeros((size[0], size[1] + 1), np.int64)
    centres = np.arange(size[0]) + 0.5
    for (x1, y1), (x2, y2) in zip(points, np.roll(points, -1, axis=0), strict=True):
        rows = np.flatnonzero((centres >= min(y1, y2)) & (centres < max(y1, y2)))
        if len(rows):
            columns = np.ceil(x1 + (centres[rows] - y1) * (x2 - x1) / (y2 - y1) - 0.5)
            crossings[rows, np.clip(columns, 0, size[1]).astype(int)] += 1
    return np.asarray(crossings.cumsum(1)[:, :-1] % 2 == 1)
