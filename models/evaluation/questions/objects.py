"""How well were objects of pictures detected, by COCO's measure?"""

from collections.abc import Mapping, Sequence
from dataclasses import fields

from models.evaluation.coco import CocoEvaluation, CocoScores, Kind, PrecisionCurve
from models.evaluation.measures import Measure
from models.evaluation.questions.pictures import PictureQuestion

TITLES = {
    "ap": "Average precision (AP)",
    "ap50": "AP at IoU 0.5",
    "ap75": "AP at IoU 0.75",
    "ap_small": "AP of small objects (below 32 x 32 pixels)",
    "ap_medium": "AP of medium objects",
    "ap_large": "AP of large objects (above 96 x 96 pixels)",
    "ar_100": "Average recall with 100 objects a picture",
}
HEADLINES = ("ap", "ap50", "ap75")
CURVE_IOUS = (0.5, 0.75, 0.9)


class CocoQuestion(PictureQuestion[int]):
    """COCO's average precision of boxes or masks; pictures are drawn as wholes for the intervals."""

    def __init__(self, evaluation: CocoEvaluation, places: Mapping[str, int], kind: Kind) -> None:
        """Make the question.

        Args:
            evaluation: of all pictures.
            places: of each picture in the order of the evaluation, by its name in the truth.
            kind: what was matched.
        """
        super().__init__(
            f"coco_{kind}",
            f"Detection: {kind}",
            "COCO's average precision: precision at 101 recalls, mean over intersections over union of 0.50 to 0.95 "
            "and over classes, with at most 100 objects a picture.",
            places,
            self._measures_of_pictures,
        )
        self._evaluation = evaluation

    def curves(self) -> dict[str, PrecisionCurve]:
        """Return precision against recall of each class, at three intersections over union, by what they show."""
        by_iou = {iou: self._evaluation.curves(iou) for iou in CURVE_IOUS}
        has_one = len(by_iou[CURVE_IOUS[0]]) == 1
        return {
            f"IoU {iou}" if has_one else f"{curve.category}, IoU {iou}": curve
            for iou, found in by_iou.items()
            for curve in found
        }

    def _measures_of_pictures(self) -> list[Measure[int]]:
        known = {field.name for field in fields(CocoScores)}
        return [self._measure(name, title) for name, title in TITLES.items() if name in known]

    def _measure(self, name: str, title: str) -> Measure[int]:
        def of(places: Sequence[int]) -> float:
            return float(getattr(self._evaluation.scores(sorted(places)), name))

        return Measure(name, title, of, is_headline=name in HEADLINES, is_slow=True)
