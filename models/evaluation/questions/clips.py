"""Is each clip recognised? Scores of single clips against what truly goes on at their centres."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from models.evaluation.calibration import brier_score, reliability
from models.evaluation.cases import Case
from models.evaluation.classification import area_under_curve, balanced_accuracy, top_k_accuracy
from models.evaluation.confusion import BinaryCounts, count_binary
from models.evaluation.frames import true_frames
from models.evaluation.measures import Measure
from models.evaluation.ranking import average_precision, mean_average_precision


@dataclass(frozen=True, eq=False)
class ClipOutcome:
    """The clips of one video that count."""

    scores: np.ndarray
    """(M, num_labels)."""
    is_true: np.ndarray
    """bool, (M, num_labels); one true label a clip when labels exclude each other."""


class ClipQuestion:
    """How well single clips are recognised, one label or several."""

    name, title = "clips", "Clips"

    def __init__(
        self,
        labels: Sequence[str],
        *,
        is_multi_label: bool,
        background: str | None = None,
        border_seconds: float = 0.0,
        threshold: float = 0.5,
    ) -> None:
        """Make the question.

        Args:
            labels: of the model, in the order of its scores.
            is_multi_label: the labels' scores are independent.
            background: label of the time in which nothing else is true.
            border_seconds: clips whose centre is nearer than this to a true start or end do not count.
            threshold: score from which a label counts as found, where labels are independent.
        """
        self.labels = tuple(labels)
        self.is_multi_label = is_multi_label
        self.threshold = threshold
        self.background = background
        self._border_seconds = border_seconds
        rule = (
            f"a label counts as found from a score of {threshold:g}"
            if is_multi_label
            else "the label with the highest score is the answer"
        )
        border = (
            f" Clips centred within {border_seconds:g} s of a true start or end are left out." if border_seconds else ""
        )
        self.explanation = f"Every clip against what truly goes on at its centre; {rule}.{border}"

    def outcome(self, case: Case) -> ClipOutcome | None:
        """Return the clips that count."""
        clips = case.clips
        if clips is None or not len(clips.scores):
            return None
        if case.truth.spans is None:
            if case.truth.label is None:
                return None
            is_true = np.zeros(clips.scores.shape, bool)
            is_true[:, self.labels.index(case.truth.label)] = True
            return ClipOutcome(clips.scores, is_true)
        centres = clips.centre_seconds
        is_true = true_frames(case, centres, self.labels, self.background)
        counts = np.array([case.seconds_to_border(float(centre)) >= self._border_seconds for centre in centres], bool)
        if not self.is_multi_label:
            counts &= is_true.sum(axis=1) == 1
        return ClipOutcome(clips.scores[counts], is_true[counts]) if counts.any() else None

    def measures(self, label: str | None = None) -> list[Measure[ClipOutcome]]:
        """Return measures over all labels or of one."""
        if label is not None:
            return self._label_measures(self.labels.index(label))
        ranking: list[Measure[ClipOutcome]] = [
            Measure("clip_map", "Mean average precision", _on(mean_average_precision), is_slow=True),
            Measure("clip_auc", "Mean AUC over labels", _on(_mean_auc), is_slow=True),
            Measure("clip_brier", "Brier score", _on(brier_score), better="lower"),
            Measure("clip_ece", "Calibration error (ECE)", self._calibration_error, better="lower"),
        ]
        if self.is_multi_label:
            return [
                Measure("clip_exact", "Clips with every label right", self._exact_share, is_headline=True),
                *ranking,
            ]
        single: list[Measure[ClipOutcome]] = [
            Measure("clip_top1", "Top-1 accuracy", _on(_top(1)), is_headline=True),
            Measure("clip_balanced_accuracy", "Balanced accuracy", _on(_balanced), is_headline=True),
        ]
        if len(self.labels) > 5:
            single.insert(1, Measure("clip_top5", "Top-5 accuracy", _on(_top(5))))
        return [*single, *ranking]

    def counts(self, outcomes: Sequence[ClipOutcome], index: int) -> BinaryCounts:
        """Count how often one label was found and true."""
        scores, is_true = stacked(outcomes)
        return count_binary(is_true[:, index], self.found(scores)[:, index])

    def found(self, scores: np.ndarray) -> np.ndarray:
        """Return which labels the scores say, bool, (M, num_labels)."""
        if self.is_multi_label:
            return np.asarray(scores >= self.threshold)
        return np.asarray(np.arange(scores.shape[1]) == scores.argmax(axis=1)[:, None])

    def confidences(self, outcomes: Sequence[ClipOutcome]) -> tuple[np.ndarray, np.ndarray]:
        """Return what calibration is about: confidence and whether it was right, each (K,).

        One label a clip: its highest score. Several: every label's own score.
        """
        scores, is_true = stacked(outcomes)
        if self.is_multi_label:
            return scores.ravel(), is_true.ravel()
        return scores.max(axis=1), is_true[np.arange(len(scores)), scores.argmax(axis=1)]

    def _label_measures(self, index: int) -> list[Measure[ClipOutcome]]:
        def column(metric: Callable[[np.ndarray, np.ndarray], float]) -> Callable[[Sequence[ClipOutcome]], float]:
            return _on(lambda scores, is_true: metric(scores[:, index], is_true[:, index]))

        return [
            Measure("auc", "AUC", column(area_under_curve), is_slow=True),
            Measure("average_precision", "Average precision", column(average_precision), is_slow=True),
            Measure("sensitivity", "Sensitivity", lambda some: self.counts(some, index).sensitivity),
            Measure("specificity", "Specificity", lambda some: self.counts(some, index).specificity),
            Measure("precision", "Precision", lambda some: self.counts(some, index).precision),
            Measure("f1", "F1", lambda some: self.counts(some, index).f1),
        ]

    def _calibration_error(self, outcomes: Sequence[ClipOutcome]) -> float:
        return reliability(*self.confidences(outcomes)).expected_error

    def _exact_share(self, outcomes: Sequence[ClipOutcome]) -> float:
        scores, is_true = stacked(outcomes)
        return float((self.found(scores) == is_true).all(axis=1).mean())


def stacked(outcomes: Sequence[ClipOutcome]) -> tuple[np.ndarray, np.ndarray]:
    """Return scores and truth of the clips of several videos, one below the other."""
    return np.concatenate([one.scores for one in outcomes]), np.concatenate([one.is_true for one in outcomes])


def _on(metric: Callable[[np.ndarray, np.ndarray], float]) -> Callable[[Sequence[ClipOutcome]], float]:
    return lambda outcomes: metric(*stacked(outcomes))


def _top(k: int) -> Callable[[np.ndarray, np.ndarray], float]:
    return lambda scores, is_true: top_k_accuracy(scores, is_true.argmax(axis=1), k)


def _balanced(scores: np.ndarray, is_true: np.ndarray) -> float:
    return balanced_accuracy(scores, is_true.argmax(axis=1))


def _mean_auc(scores: np.ndarray, is_true: np.ndarray) -> float:
    areas = np.array([area_under_curve(scores[:, label], is_true[:, label]) for label in range(scores.shape[1])])
    areas = areas[np.isfinite(areas)]
    return float(areas.mean()) if len(areas) else float("nan")
