"""How well were single objects, lesions or borders of pictures and volumes found?"""

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from models.evaluation.cases import Case
from models.evaluation.froc import ScanHits, froc_measures
from models.evaluation.instances import InstanceOverlap, instance_measures
from models.evaluation.lesions import LesionCounts, lesion_measures
from models.evaluation.measures import Measure
from models.evaluation.surfaces import surface_measures

Outcome = TypeVar("Outcome")


class PictureQuestion(Generic[Outcome]):
    """A question whose answer for each picture was counted while the picture was at hand."""

    labels: tuple[str, ...] = ()

    def __init__(
        self,
        name: str,
        title: str,
        explanation: str,
        outcomes: Mapping[str, Outcome],
        measures: Callable[[], list[Measure[Outcome]]],
    ) -> None:
        """Make the question.

        Args:
            name: Key in the report's JSON.
            title: Its heading.
            explanation: How it is counted, in words.
            outcomes: What counts of each picture, by the picture's name in the truth.
            measures: What is computed of them.
        """
        self.name, self.title, self.explanation = name, title, explanation
        self._outcomes = outcomes
        self._measures = measures

    def outcome(self, case: Case) -> Outcome | None:
        """Return what counts of a picture."""
        return self._outcomes.get(case.truth.name)

    def measures(self, label: str | None = None) -> list[Measure[Outcome]]:
        """Return what is computed over all pictures."""
        return self._measures()


def instance_question(overlaps: Mapping[str, InstanceOverlap]) -> PictureQuestion[InstanceOverlap]:
    """Ask how well the single objects of pictures were found."""
    return PictureQuestion(
        "instances",
        "Single objects",
        "The score of the Data Science Bowl 2018: TP / (TP + FP + FN), mean over intersections over union of 0.50 to "
        "0.95 and over pictures; a found object is true when it overlaps one by more than the threshold.",
        overlaps,
        instance_measures,
    )


def froc_question(hits: Mapping[str, ScanHits]) -> PictureQuestion[ScanHits]:
    """Ask how many lesions are found for how many false alarms a scan."""
    return PictureQuestion(
        "froc",
        "Lesions against false alarms",
        "Share of the lesions hit (a candidate within their radius) at 1/8 to 8 false alarms a scan, and its mean, the "
        "score of the LUNA16 competition.",
        hits,
        froc_measures,
    )


def lesion_question(counts: Mapping[str, LesionCounts]) -> PictureQuestion[LesionCounts]:
    """Ask which lesions were found."""
    return PictureQuestion(
        "lesions",
        "Lesions",
        "A lesion is found when something found touches it. Specificity: share of the volumes without a lesion in "
        "which none was found.",
        counts,
        lesion_measures,
    )


def surface_question(distances_mm: Mapping[str, float]) -> PictureQuestion[float]:
    """Ask how far found borders lie from true ones."""
    return PictureQuestion(
        "borders",
        "Borders",
        "95th percentile of the distances between the true and the found border, the larger of both directions, as the "
        "mean over the pictures in which neither or both masks are empty.",
        distances_mm,
        surface_measures,
    )
