"""How well were objects of volumes detected, by average precision?"""

from collections.abc import Mapping, Sequence

from models.evaluation.average_precision import (
    RECALLS,
    REPORTED_IOUS,
    ScoredOverlap,
    average_precision,
    precision_at_recalls,
)
from models.evaluation.coco import Kind, PrecisionCurve
from models.evaluation.measures import Measure
from models.evaluation.questions.objects import CURVE_IOUS, TITLES
from models.evaluation.questions.pictures import PictureQuestion


class VolumeObjectQuestion(PictureQuestion[ScoredOverlap]):
    """COCO's average precision of boxes or masks in three dimensions; volumes are drawn as wholes for the intervals."""

    def __init__(self, overlaps: Mapping[str, ScoredOverlap], kind: Kind) -> None:
        """Make the question.

        Args:
            overlaps: of each volume, by its name in the truth.
            kind: what was matched.
        """
        super().__init__(
            f"volume_{kind}",
            f"Detection in 3D: {kind}",
            "Average precision as COCO's: precision at 101 recalls, mean over intersections over union (of volumes) of "
            "0.50 to 0.95. Only what the model reports counts, so that what it is too unsure of is missed.",
            overlaps,
            self._measures_of_volumes,
        )
        self._overlaps = overlaps

    def curves(self) -> dict[str, PrecisionCurve]:
        """Return precision against recall at three intersections over union, by what they show."""
        every = list(self._overlaps.values())
        return {f"IoU {iou}": PrecisionCurve("", RECALLS, precision_at_recalls(every, iou)) for iou in CURVE_IOUS}

    def _measures_of_volumes(self) -> list[Measure[ScoredOverlap]]:
        return [self._measure(name, ious) for name, ious in REPORTED_IOUS.items()]

    def _measure(self, name: str, ious: Sequence[float]) -> Measure[ScoredOverlap]:
        def of(volumes: Sequence[ScoredOverlap]) -> float:
            return average_precision(volumes, ious)

        return Measure(name, TITLES[name], of, is_headline=True)
