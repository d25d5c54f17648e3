"""Objects of pictures as COCO's annotations and results, which its evaluation reads."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from models.imaging.run_lengths import encode_mask, mask_area


def coco_truth(
    objects: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray]],
    sizes: Sequence[tuple[int, ...]],
    labels: Sequence[str],
) -> dict[str, Any]:
    """Return annotations of pictures, which are numbered from 1 in their order.

    Args:
        objects: of each picture boxes (N, 4), classes (N,) from 1 on, and masks (N, H, W).
        sizes: (H, W) of each.
        labels: of the classes, the first is that of class 1.
    """
    annotations: list[dict[str, Any]] = []
    for image_id, (boxes, classes, masks) in enumerate(objects, start=1):
        for box, number, mask in zip(boxes, classes, masks, strict=True):
            segmentation = encode_mask(mask)
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image_id,
                    "category_id": int(number),
                    "bbox": xywh(box),
                    "area": mask_area(segmentation),
                    "segmentation": segmentation,
                    "iscrowd": 0,
                }
            )
    return {
        "images": [
            {"id": image_id, "height": int(height), "width": int(width)}
            for image_id, (height, width) in enumerate(sizes, start=1)
        ],
        "annotations": annotations,
        "categories": [{"id": number, "name": label} for number, label in enumerate(labels, start=1)],
    }


def coco_results(
    image_id: int,
    boxes: np.ndarray,
    classes: Sequence[int],
    scores: Sequence[float],
    masks: Sequence[dict[str, Any]] = (),
) -> list[dict[str, Any]]:
    """Return what was found in one picture: boxes (N, 4) x1, y1, x2, y2, and run lengths of masks where there are."""
    found = []
    for index, box in enumerate(boxes):
        one = {
            "image_id": image_id,
            "category_id": int(classes[index]),
            "bbox": xywh(box),
            "score": float(scores[index]),
        }
        found.append({**one, "segmentation": masks[index]} if masks else one)
    return found


def xywh(box: Sequence[float] | np.ndarray) -> list[float]:
    """Return a box x1, y1, x2, y2 as COCO writes it: x, y, width and height."""
    x1, y1, x2, y2 = (float(side) for side in box)
    return [x1, y1, x2 - x1, y2 - y1]
