"""COCO's average precision and recall, for boxes and masks, with intervals over pictures.

The only door to the library that counts as COCO's own tools do (faster-coco-eval, Apache-2.0, the extra `eval`): its
twelve numbers equal theirs. Source: cocodataset.org, "Detection evaluation"; Lin et al., arXiv:1405.0312.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache, partial
from typing import Any, Literal

import numpy as np

from models.evaluation.bootstrap import Interval, bootstrap

Kind = Literal["boxes", "masks"]
_IOU_TYPES = {"boxes": "bbox", "masks": "segm"}
NUM_RESAMPLES = 200


@dataclass(frozen=True)
class CocoScores:
    """COCO's twelve numbers, in 0..1; not a number where there is no true object of that size."""

    ap: float
    """Mean over intersections over union of 0.50, 0.55, ..., 0.95 and over the classes."""
    ap50: float
    ap75: float
    ap_small: float
    """Of objects of less than 32 x 32 pixels."""
    ap_medium: float
    ap_large: float
    """Of objects of more than 96 x 96 pixels."""
    ar_1: float
    """Recall with the best object of each picture and class."""
    ar_10: float
    ar_100: float
    ar_small: float
    ar_medium: float
    ar_large: float


@dataclass(frozen=True, eq=False)
class PrecisionCurve:
    """How precision falls while recall rises, at one intersection over union, of one class."""

    category: str
    recall: np.ndarray
    """0, 0.01, ..., 1, (101,)."""
    precision: np.ndarray
    """Best precision at that recall or a higher one, (101,)."""


class CocoEvaluation:
    """What was found in pictures against what is there; matched once, counted for any choice of pictures."""

    def __init__(self, truth: Mapping[str, Any], found: Sequence[Mapping[str, Any]], kind: Kind) -> None:
        """Match found objects to true ones.

        Args:
            truth: COCO's annotations: `images`, `annotations` and `categories`.
            found: COCO's results: `image_id`, `category_id`, `score`, and `bbox` (x, y, width, height) or
                `segmentation` (run lengths), each.
            kind: What is matched.

        Raises:
            ValueError: the library is not installed, or something was found in a picture, or of a class, that the
                truth does not have, or without what is matched.
        """
        _check(truth, found, kind)
        self._evaluator = _matched(truth, found, kind)
        self._parts: list[Any] = self._evaluator._evalImgs_cpp
        self.num_pictures = len(self._evaluator.params.imgIds)
        self._category_names = {one["id"]: str(one["name"]) for one in truth["categories"]}
        self._scores_of = lru_cache(maxsize=4096)(self._count)

    def scores(self, pictures: Sequence[int] | None = None) -> CocoScores:
        """Return the numbers of all pictures, or of some by their place in the order of their ids.

        Args:
            pictures: One may stand there several times.
        """
        return self._scores_of(tuple(range(self.num_pictures) if pictures is None else pictures))

    def intervals(
        self, *, num_resamples: int = NUM_RESAMPLES, confidence: float = 0.95, seed: int = 0
    ) -> dict[str, Interval]:
        """Return every number with its interval, by its name; pictures are drawn as wholes."""
        pictures = range(self.num_pictures)
        return {
            field.name: bootstrap(
                pictures,
                partial(self._one_score, field.name),
                num_resamples=num_resamples,
                confidence=confidence,
                seed=seed,
            )
            for field in fields(CocoScores)
        }

    def curves(self, iou: float = 0.5) -> list[PrecisionCurve]:
        """Return the precision-recall curve of each class that there is, of objects of any size.

        Raises:
            ValueError: no object was matched at this intersection over union.
        """
        thresholds = self._evaluator.params.iouThrs
        index = int(np.argmin(np.abs(thresholds - iou)))
        if abs(thresholds[index] - iou) > 1e-6:
            raise ValueError(f"iou must be one of {', '.join(f'{one:.2f}' for one in thresholds)}, got {iou}")
        self._count(tuple(range(self.num_pictures)))
        precision = self._evaluator.eval["precision"][index, :, :, 0, -1]  # (101, classes)
        recall = np.asarray(self._evaluator.params.recThrs)
        return [
            PrecisionCurve(self._category_names[category], recall, column)
            for category, column in zip(self._evaluator.params.catIds, precision.T, strict=True)
            if column[0] >= 0
        ]

    def _one_score(self, name: str, pictures: Sequence[int]) -> float:
        return float(getattr(self.scores(pictures), name))

    def _count(self, pictures: tuple[int, ...]) -> CocoScores:
        num_blocks = len(self._parts) // self.num_pictures  # classes x sizes
        self._evaluator._evalImgs_cpp = [
            self._parts[block * self.num_pictures + index] for block in range(num_blocks) for index in pictures
        ]
        self._evaluator._paramsEval.imgIds = list(range(len(pictures)))
        self._evaluator.accumulate()
        self._evaluator.summarize()
        return CocoScores(*(float(number) if number >= 0 else float("nan") for number in self._evaluator.stats[:12]))


def _matched(truth: Mapping[str, Any], found: Sequence[Mapping[str, Any]], kind: Kind) -> Any:
    try:
        from faster_coco_eval import COCO, COCOeval_faster
    except ImportError as error:
        raise ValueError("COCO's numbers need the extra `eval`: pip install 'vigil[eval]'") from error
    true_objects = COCO(_with_areas(truth))
    results = copy.deepcopy([dict(one) for one in found])  # the library writes into what it reads
    evaluator = COCOeval_faster(
        true_objects,
        true_objects.loadRes(results) if results else COCO({**truth, "annotations": []}),
        _IOU_TYPES[kind],
        separate_eval=True,
        rle_iou_max_workers=1,
    )
    evaluator.print_function = _say_nothing
    evaluator.evaluate()
    return evaluator


def _with_areas(truth: Mapping[str, Any]) -> dict[str, Any]:
    """Return annotations with the fields that counting needs."""
    return {
        **copy.deepcopy(dict(truth)),
        "annotations": [
            {"iscrowd": 0, "area": one["bbox"][2] * one["bbox"][3], **copy.deepcopy(one)}
            for one in truth["annotations"]
        ],
    }


def _check(truth: Mapping[str, Any], found: Sequence[Mapping[str, Any]], kind: Kind) -> None:
    absent = [name for name in ("images", "annotations", "categories") if name not in truth]
    if absent or not truth["images"]:
        raise ValueError(f"COCO's annotations need images, annotations and categories, of at least one image: {absent}")
    pictures = {one["id"] for one in truth["images"]}
    categories = {one["id"] for one in truth["categories"]}
    what = "bbox" if kind == "boxes" else "segmentation"
    for index, one in enumerate(found):
        if one.get("image_id") not in pictures or one.get("category_id") not in categories:
            raise ValueError(
                f"found object {index} is of picture {one.get('image_id')!r} and class {one.get('category_id')!r}; "
                "the truth does not have both"
            )
        if what not in one or not np.isfinite(one.get("score", float("nan"))):
            raise ValueError(f"found object {index} must have a {what} and a finite score to be judged by its {kind}")


def _say_nothing(*_: object) -> None:
    """The library tells its progress."""
