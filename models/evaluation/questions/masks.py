"""How well do found masks overlap true ones?"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from models.evaluation.cases import Case
from models.evaluation.measures import Measure
from models.evaluation.overlap import OverlapCounts


@dataclass(frozen=True)
class MaskOutcome:
    """Overlap of every label in one picture (or one video's pictures together)."""

    counts: dict[str, OverlapCounts] = field(default_factory=dict)


class MaskQuestion:
    """Dice and intersection over union, of all pictures together and as the mean over pictures."""

    name, title = "masks", "Masks"
    explanation = (
        "Dice of all pixels together (2 x shared / (true + found), summed over the pictures before dividing, as "
        "EchoNet-Dynamic reports it), and the mean of each picture's own Dice."
    )

    def __init__(self, overlaps: dict[str, dict[str, OverlapCounts]]) -> None:
        """Make the question.

        Args:
            overlaps: counts of every label of every picture, by the picture's name in the truth.
        """
        self._overlaps = overlaps
        self.labels = tuple(dict.fromkeys(label for counts in overlaps.values() for label in counts))

    def outcome(self, case: Case) -> MaskOutcome | None:
        """Return the counts of a picture."""
        counts = self._overlaps.get(case.truth.name)
        return MaskOutcome(counts) if counts else None

    def measures(self, label: str | None = None) -> list[Measure[MaskOutcome]]:
        """Return measures of all labels (their mean) or of one."""
        labels = self.labels if label is None else (label,)
        prefix = "mean " if label is None and len(self.labels) > 1 else ""
        is_headline = label is None

        def dice(outcomes: Sequence[MaskOutcome]) -> float:
            return float(np.mean([_pooled(outcomes, one).dice for one in labels]))

        def jaccard(outcomes: Sequence[MaskOutcome]) -> float:
            return float(np.mean([_pooled(outcomes, one).jaccard for one in labels]))

        def picture_dice(outcomes: Sequence[MaskOutcome]) -> float:
            return float(np.mean([outcome.counts[one].dice for outcome in outcomes for one in labels]))

        return [
            Measure("dice", f"Dice, {prefix}all pixels together", dice, is_headline=is_headline),
            Measure("picture_dice", f"Dice, {prefix}of pictures", picture_dice, is_headline=is_headline),
            Measure("jaccard", f"Intersection over union, {prefix}all pixels together", jaccard),
        ]


def _pooled(outcomes: Sequence[MaskOutcome], label: str) -> OverlapCounts:
    return sum((outcome.counts[label] for outcome in outcomes), OverlapCounts(0, 0, 0))
