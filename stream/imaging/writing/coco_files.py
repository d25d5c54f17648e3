"""Objects of pictures in COCO's JSON.

Source: "COCO data format", https://cocodataset.org/#format-data; the file can be read as truth and as results: each
annotation bears its score.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.imaging.run_lengths import mask_area
from models.results import Detections
from models.whole_file import whole_file
from stream.errors import StreamError


@dataclass(frozen=True)
class CocoPicture:
    """What was found in one picture."""

    file_name: str
    width: int
    height: int
    found: Detections


def write_coco(path: Path, pictures: Sequence[CocoPicture], labels: Sequence[str]) -> None:
    """Write the objects of pictures.

    Args:
        path: of the file; it appears whole or not at all.
        pictures: numbered from 1 in this order.
        labels: all that the model knows, numbered from 1 in this order.

    Raises:
        ValueError: an object bears a label that is not among them.
        StreamError: the file cannot be written.
    """
    numbers = {label: number for number, label in enumerate(labels, 1)}
    unknown = {label for picture in pictures for label in picture.found.labels} - numbers.keys()
    if unknown:
        raise ValueError(f"labels of objects must be among {list(labels)}, got {sorted(unknown)}")
    annotations: list[dict[str, Any]] = []
    for image_id, picture in enumerate(pictures, 1):
        for index in range(len(picture.found.boxes)):
            number = numbers[picture.found.labels[index]]
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image_id,
                    "category_id": number,
                    **_object(picture.found, index),
                }
            )
    record = {
        "images": [
            {"id": image_id, "file_name": picture.file_name, "width": picture.width, "height": picture.height}
            for image_id, picture in enumerate(pictures, 1)
        ],
        "categories": [{"id": number, "name": label} for label, number in numbers.items()],
        "annotations": annotations,
    }
    try:
        with whole_file(path) as draft:
            draft.write_text(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise StreamError(f"the objects {path} cannot be written: {error}") from error


def _object(found: Detections, index: int) -> dict[str, Any]:
    left, top, right, bottom = found.boxes[index]
    entry: dict[str, Any] = {
        "bbox": [left, top, right - left, bottom - top],
        "area": (right - left) * (bottom - top),
        "iscrowd": 0,
        "score": found.scores[index],
    }
    if found.masks:
        entry["segmentation"] = dict(found.masks[index])
        entry["area"] = float(mask_area(found.masks[index]))
    return entry
