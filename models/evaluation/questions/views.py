"""Is each action recognised, from one clip of it and from all of them? As action recognition is reported."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from models.evaluation.cases import Case, ClipScores
from models.evaluation.classification import balanced_accuracy, top_k_accuracy
from models.evaluation.confusion import BinaryCounts, count_binary
from models.evaluation.measures import Measure


@dataclass(frozen=True, eq=False)
class ViewOutcome:
    """The actions of one video."""

    single: np.ndarray
    """Scores of the clip nearest the middle of each action, (A, num_labels)."""
    multiple: np.ndarray
    """Mean of the scores of all clips centred within each action, (A, num_labels)."""
    targets: np.ndarray
    """Index of each action's label, (A,)."""


class ViewQuestion:
    """Top-1 and top-5 of whole actions: single view, and mean of all views."""

    name, title = "actions", "Actions"
    explanation = (
        "Every action (a labelled video, or a labelled stretch of one) gets one answer: single view, from the clip "
        "nearest its middle; multi-view, from the mean of the scores of all clips centred within it."
    )

    def __init__(self, labels: Sequence[str]) -> None:
        """Make the question for a model's labels, in the order of its scores."""
        self.labels = tuple(labels)

    def outcome(self, case: Case) -> ViewOutcome | None:
        """Return the actions of a video that hold at least one clip's centre."""
        if case.clips is None or not len(case.clips.scores):
            return None
        centres, rows = case.clips.centre_seconds, []
        for label, start, end in self._actions(case, case.clips):
            within = np.flatnonzero((centres >= start) & (centres <= end))
            if len(within):
                nearest = within[np.abs(centres[within] - (start + end) / 2).argmin()]
                rows.append((case.clips.scores[nearest], case.clips.scores[within].mean(axis=0), label))
        if not rows:
            return None
        single, multiple, targets = zip(*rows, strict=True)
        return ViewOutcome(np.stack(single), np.stack(multiple), np.array(targets))

    def measures(self, label: str | None = None) -> list[Measure[ViewOutcome]]:
        """Return measures over all labels or of one."""
        if label is not None:
            return self._label_measures(self.labels.index(label))
        measures: list[Measure[ViewOutcome]] = [
            Measure("top1_multi_view", "Top-1, multi-view", _multiple(1), is_headline=True),
            Measure("top1_single_view", "Top-1, single view", _single(1)),
            Measure("balanced_accuracy", "Balanced accuracy, multi-view", _balanced),
        ]
        if len(self.labels) > 5:
            measures += [
                Measure("top5_multi_view", "Top-5, multi-view", _multiple(5), is_headline=True),
                Measure("top5_single_view", "Top-5, single view", _single(5)),
            ]
        return measures

    def _actions(self, case: Case, clips: ClipScores) -> list[tuple[int, float, float]]:
        """Return label, start and end of what is to be recognised."""
        if case.truth.label is not None:
            whole = float(clips.start_seconds[0]), float(clips.end_seconds[-1])
            return [(self.labels.index(case.truth.label), *whole)]
        spans = case.truth.spans or ()
        return [
            (self.labels.index(span.label), span.start_seconds, span.end_seconds)
            for span in spans
            if span.label in self.labels
        ]

    def _label_measures(self, index: int) -> list[Measure[ViewOutcome]]:
        def counts(outcomes: Sequence[ViewOutcome]) -> BinaryCounts:
            targets = np.concatenate([one.targets for one in outcomes])
            answers = np.concatenate([one.multiple for one in outcomes]).argmax(axis=1)
            return count_binary(targets == index, answers == index)

        return [
            Measure("sensitivity", "Sensitivity", lambda some: counts(some).sensitivity),
            Measure("specificity", "Specificity", lambda some: counts(some).specificity),
            Measure("precision", "Precision", lambda some: counts(some).precision),
            Measure("f1", "F1", lambda some: counts(some).f1),
        ]


def _single(k: int) -> Callable[[Sequence[ViewOutcome]], float]:
    return lambda outcomes: top_k_accuracy(np.concatenate([one.single for one in outcomes]), _targets(outcomes), k)


def _multiple(k: int) -> Callable[[Sequence[ViewOutcome]], float]:
    return lambda outcomes: top_k_accuracy(np.concatenate([one.multiple for one in outcomes]), _targets(outcomes), k)


def _balanced(outcomes: Sequence[ViewOutcome]) -> float:
    return balanced_accuracy(np.concatenate([one.multiple for one in outcomes]), _targets(outcomes))


def _targets(outcomes: Sequence[ViewOutcome]) -> np.ndarray:
    return np.concatenate([one.targets for one in outcomes])
