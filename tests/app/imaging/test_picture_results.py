import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.imaging.picture_results import instance_map, write_picture_results
from models.imaging.run_lengths import encode_mask
from models.results import Detections
from stream.imaging.label_files import read_label_map
from stream.imaging.opening import read_images


def detections(labels: np.ndarray) -> Detections:
    """Return the regions of a label map as objects."""
    masks = [labels == number for number in np.unique(labels) if number]
    boxes = []
    for mask in masks:
        (top, left), (bottom, right) = np.argwhere(mask).min(0), np.argwhere(mask).max(0) + 1
        boxes.append((float(left), float(top), float(right), float(bottom)))
    scores = tuple(0.5 + 0.4 * index / len(masks) for index in range(len(masks)))
    return Detections(tuple(boxes), ("nucleus",) * len(masks), scores, tuple(map(encode_mask, masks)))


def test_real_nuclei_come_back_from_every_file(shared_data: Path, tmp_path: Path) -> None:
    (picture,) = read_images(shared_data / "nuclei/0d2bf916cc8d_img.png")
    labels = read_label_map(shared_data / "nuclei/0d2bf916cc8d_labels.png").labels
    found = detections(labels)
    regions = write_picture_results(tmp_path, "cells", picture, found, ["nucleus"])
    assert len(regions) == len(found.boxes) == len(np.unique(labels)) - 1
    again = read_label_map(tmp_path / "cells_labels.png").labels
    assert np.array_equal(again > 0, labels > 0)
    assert len(np.unique(np.stack([again, labels]).reshape(2, -1), axis=1).T) == len(regions) + 1  # one number each
    record = json.loads((tmp_path / "cells_coco.json").read_text(encoding="utf-8"))
    assert [entry["area"] for entry in record["annotations"]] == [region.measurements[0].value for region in regions]
    overlaid = cv2.imread(str(tmp_path / "cells_overlay.png"))[..., ::-1]
    assert overlaid.shape == picture.rgb8().shape
    assert np.array_equal(overlaid[labels == 0], picture.rgb8()[labels == 0])


def test_where_masks_overlap_the_surer_object_has_the_pixel() -> None:
    left, right = np.zeros((4, 6), bool), np.zeros((4, 6), bool)
    left[:, :4], right[:, 2:] = True, True
    boxes = ((0.0, 0.0, 4.0, 4.0), (2.0, 0.0, 6.0, 4.0))
    found = Detections(boxes, ("a", "a"), (0.9, 0.6), (encode_mask(left), encode_mask(right)))
    assert instance_map(found, (4, 6))[0].tolist() == [1, 1, 1, 1, 2, 2]


def test_objects_without_masks_or_of_another_picture_are_refused() -> None:
    boxes = ((0.0, 0.0, 4.0, 4.0),)
    with pytest.raises(ValueError, match="required a mask for each of 1 objects, got 0"):
        instance_map(Detections(boxes, ("a",), (0.9,)), (4, 6))
    mask = encode_mask(np.ones((5, 6), bool))
    with pytest.raises(ValueError, match=r"required masks of \(4, 6\) pixels as the picture's, got \(5, 6\)"):
        instance_map(Detections(boxes, ("a",), (0.9,), (mask,)), (4, 6))
