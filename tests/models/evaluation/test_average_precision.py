"""Average precision from overlaps: what COCO's tools count of pictures, and the same of volumes."""

from typing import Any

import numpy as np
import pytest

from models.evaluation.average_precision import ScoredOverlap, average_precision, box_ious
from models.evaluation.coco import CocoEvaluation
from models.evaluation.coco_records import coco_results

LABELS = ("a", "b")


def drawn_boxes(rng: np.random.Generator, count: int) -> np.ndarray:
    corners = rng.uniform(0, 60, (count, 2))
    return np.concatenate((corners, corners + rng.uniform(6, 30, (count, 2))), 1)


def drawn_picture(seed: int) -> tuple[np.ndarray, np.ndarray, ScoredOverlap]:
    """Return true boxes, found boxes (some of them near a true one) and their overlap."""
    rng = np.random.default_rng(seed)
    true = drawn_boxes(rng, int(rng.integers(0, 7)))
    near = true[rng.random(len(true)) < 0.8]
    found = np.concatenate((near + rng.normal(0, 1.5, near.shape), drawn_boxes(rng, int(rng.integers(0, 5)))))
    overlap = ScoredOverlap(
        box_ious(true, found), rng.random(len(found)), rng.integers(1, 3, len(true)), rng.integers(1, 3, len(found))
    )
    return true, found, overlap


def cocos_numbers(pictures: list[tuple[np.ndarray, np.ndarray, ScoredOverlap]]) -> Any:
    truth: dict[str, Any] = {
        "images": [],
        "annotations": [],
        "categories": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}],
    }
    results = []
    for image_id, (true, found, overlap) in enumerate(pictures, start=1):
        truth["images"].append({"id": image_id, "height": 100, "width": 100})
        for box, number in zip(true, overlap.true_classes.tolist(), strict=True):
            x, y, right, below = box.tolist()
            entry = {"image_id": image_id, "category_id": number, "bbox": [x, y, right - x, below - y]}
            truth["annotations"].append({"id": len(truth["annotations"]) + 1, **entry})
        results += coco_results(image_id, found, overlap.found_classes.tolist(), overlap.scores.tolist())
    return CocoEvaluation(truth, results, "boxes").scores()


@pytest.mark.parametrize("first", [0, 20, 40])
def test_boxes_of_pictures_get_cocos_numbers(first: int) -> None:
    pictures = [drawn_picture(seed) for seed in range(first, first + 12)]
    overlaps, coco = [overlap for _, _, overlap in pictures], cocos_numbers(pictures)
    assert average_precision(overlaps) == pytest.approx(coco.ap, abs=1e-9)
    assert average_precision(overlaps, (0.5,)) == pytest.approx(coco.ap50, abs=1e-9)
    assert average_precision(overlaps, (0.75,)) == pytest.approx(coco.ap75, abs=1e-9)


def test_boxes_that_go_through_a_volume_overlap_as_their_sections_do() -> None:
    true, found, overlap = drawn_picture(3)
    upright = [np.insert(np.insert(boxes, 2, 0.0, 1), 5, 9.0, 1) for boxes in (true, found)]
    np.testing.assert_allclose(box_ious(*upright), overlap.ious)


def test_what_is_found_as_another_class_does_not_count() -> None:
    one = ScoredOverlap(np.eye(2), np.array([0.9, 0.8]), np.array([1, 2]), np.array([1, 1]))
    assert average_precision([one], (0.5,)) == pytest.approx(0.5)


def test_where_nothing_is_there_is_no_precision() -> None:
    none = np.zeros(0, int)
    assert np.isnan(average_precision([ScoredOverlap(np.zeros((0, 1)), np.array([0.5]), none, np.array([1]))]))
