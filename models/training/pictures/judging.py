"""Measures what detectors and pixel networks make of pictures that they did not learn from."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from models.detection.found import FoundObjects, instance_layer, to_detections
from models.evaluation.bootstrap import bootstrap
from models.evaluation.coco import CocoEvaluation, Kind
from models.evaluation.coco_records import coco_results, coco_truth
from models.evaluation.instances import InstanceOverlap, instance_measures, instance_overlap
from models.evaluation.measures import Measure
from models.evaluation.overlap import OverlapCounts, count_overlap
from models.training.pictures.labelled import UNKNOWN, LabelledPicture
from models.training.pictures.volume_judging import judge_volumes

SCORES = tuple(round(0.1 * step, 1) for step in range(1, 10))
"""From which objects may be reported."""
REPORTED = ("ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large")


def judge_objects(
    pictures: Sequence[LabelledPicture],
    found: Sequence[FoundObjects],
    labels: Sequence[str],
    *,
    has_masks: bool,
    least_score: float,
) -> dict[str, Any]:
    """Return COCO's average precision of boxes and masks, and the DSB2018 score, with 95 % intervals over pictures.

    Of pictures COCO's numbers need the extra `eval`; without it they are left out, and it is said.

    Args:
        pictures: with what is true.
        found: of each picture.
        labels: of the classes from 1 on.
        has_masks: what is found has masks, and what is true has outlines.
        least_score: of the objects that count for the DSB2018 score; for COCO's all do.
    """
    metrics: dict[str, Any] = {
        "num_pictures": len(pictures),
        "num_objects": sum(len(one.objects().classes) for one in pictures),
    }
    if has_masks:
        metrics |= judge_instances(_overlaps(pictures, found, least_score))
    if all(len(picture.size) == 2 for picture in pictures):
        return metrics | _coco(pictures, found, labels, ["boxes", "masks"] if has_masks else ["boxes"])
    return metrics | judge_volumes(pictures, found, has_masks=has_masks)


def choose_least_score(pictures: Sequence[LabelledPicture], found: Sequence[FoundObjects]) -> float:
    """Return the score from which objects with masks should be reported: that with the best DSB2018 score.

    Args:
        pictures: for validation.
        found: of each, of any score.
    """

    def dsb_score(least: float) -> float:
        return float(np.mean([one.dsb_score for one in _overlaps(pictures, found, least)]))

    return max(SCORES, key=dsb_score)


def judge_instances(overlaps: Sequence[InstanceOverlap]) -> dict[str, Any]:
    """Return the DSB2018 score and what goes with it, with intervals over pictures."""
    measured = {measure.name: _with_interval(measure, overlaps) for measure in instance_measures()}
    return {name: interval for name, interval in measured.items() if np.isfinite(interval["value"])}


def judge_classes(
    pictures: Sequence[LabelledPicture], found: Sequence[np.ndarray], labels: Sequence[str]
) -> dict[str, Any]:
    """Return Dice and intersection over union of each class, of all pixels together, with intervals over pictures.

    Args:
        pictures: with what is true.
        found: the class of every pixel, (H, W) or (D, H, W).
        labels: of the classes from 1 on.
    """
    metrics: dict[str, Any] = {"num_pictures": len(pictures)}
    for number, label in enumerate(labels, start=1):
        counts = [_counts(picture.class_map, classes, number) for picture, classes in zip(pictures, found, strict=True)]
        for name in ("dice", "jaccard"):
            metrics[f"{label}_{name}"] = bootstrap(counts, partial(_pooled, name)).rounded()
    return metrics


def _overlaps(
    pictures: Sequence[LabelledPicture], found: Sequence[FoundObjects], least_score: float
) -> list[InstanceOverlap]:
    return [
        instance_overlap(_numbered(picture), instance_layer(one.at_least(least_score), picture.size))
        for picture, one in zip(pictures, found, strict=True)
    ]


def _counts(truth: np.ndarray, found: np.ndarray, number: int) -> OverlapCounts:
    known = truth != UNKNOWN
    return count_overlap((truth == number) & known, (found == number) & known)


def _pooled(name: str, counts: Sequence[OverlapCounts]) -> float:
    return float(getattr(sum(counts, OverlapCounts(0, 0, 0)), name))


def _with_interval(measure: Measure[InstanceOverlap], overlaps: Sequence[InstanceOverlap]) -> dict[str, float]:
    return bootstrap(overlaps, measure.of).rounded()


def _numbered(picture: LabelledPicture) -> np.ndarray:
    """Return the objects as numbers; where marks overlap, those of later layers have the pixels."""
    numbers = picture.layers[0]
    for layer in picture.layers[1:]:
        numbers = np.where(layer > 0, layer, numbers)
    return np.where(picture.classes[numbers] > 0, numbers, 0)


def _coco(
    pictures: Sequence[LabelledPicture], found: Sequence[FoundObjects], labels: Sequence[str], kinds: Sequence[Kind]
) -> dict[str, Any]:
    marked = [picture.objects() for picture in pictures]
    truth = coco_truth(
        [(one.boxes, one.classes, one.masks) for one in marked], [picture.size for picture in pictures], labels
    )
    results = []
    for image_id, (picture, one) in enumerate(zip(pictures, found, strict=True), start=1):
        masks = to_detections(one, labels, picture.size).masks
        results += coco_results(image_id, one.boxes, one.classes.tolist(), one.scores.tolist(), masks)
    metrics: dict[str, Any] = {}
    for kind in kinds:
        try:
            intervals = CocoEvaluation(truth, results, kind).intervals()
        except ValueError as error:
            return {"coco": f"not measured: {error}"}
        known = {name: intervals[name] for name in REPORTED if np.isfinite(intervals[name].value)}
        metrics |= {f"{kind}_{name}": interval.rounded() for name, interval in known.items()}
    return metrics
