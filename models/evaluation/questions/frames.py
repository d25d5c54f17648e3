"""What is said at every moment? Online detection, phases: frame by frame, and as a sequence of segments."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from models.evaluation.agreement import cohens_kappa
from models.evaluation.cases import Case
from models.evaluation.events import total_scores
from models.evaluation.frames import View, frame_scores, frame_times, true_frames
from models.evaluation.measures import Better, Measure
from models.evaluation.ranking import average_precision, calibrated_average_precision
from models.evaluation.segmental import edit_score, segmental_scores

VIEWS: tuple[View, ...] = ("online", "offline")
OVERLAPS = (0.1, 0.25, 0.5)
_VIEW_TITLES = {"online": "as known at the time", "offline": "with hindsight"}


@dataclass(frozen=True, eq=False)
class FrameOutcome:
    """The frames of one video."""

    is_true: np.ndarray
    """bool, (N, num_labels)."""
    scores: dict[View, np.ndarray]
    """Of each view, (N, num_labels)."""

    @property
    def true_labels(self) -> np.ndarray:
        return np.asarray(self.is_true.argmax(axis=1))

    def found_labels(self, view: View) -> np.ndarray:
        """Return the label with the highest score of every frame, (N,)."""
        return np.asarray(self.scores[view].argmax(axis=1))


Metric = Callable[[Sequence[FrameOutcome]], float]


class FrameQuestion:
    """Per-frame mean average precision, frame accuracy, segmental F1 and edit score."""

    name, title = "frames", "Frame by frame"

    def __init__(
        self, labels: Sequence[str], *, is_multi_label: bool, background: str | None, rate_hz: float = 2.0
    ) -> None:
        """Make the question.

        Args:
            labels: of the model, in the order of its scores.
            is_multi_label: the labels' scores are independent.
            background: label of the time in which nothing else is true; counts as no class and no segment.
            rate_hz: frames a second that are judged.
        """
        self.all_labels = tuple(labels)
        self.labels = tuple(label for label in labels if label != background)
        self.is_multi_label = is_multi_label
        self.background = background
        self.rate_hz = rate_hz
        self.explanation = (
            f"{rate_hz:g} moments a second. As known at the time: from the latest clip that had ended, as a live "
            "viewer sees it (online detection). With hindsight: from the clip whose centre is nearest. Mean average "
            "precision is over the labels that occur"
            + (f", without {background}" if background else "")
            + "; calibrated weighs a label's negatives as heavily as its positives (De Geest 2016). Segmental F1 at an "
            "overlap and edit score, 0..1, are those of Lea 2016/2017; "
            "segments of the background do not count, the edit score is the mean over videos."
        )

    @property
    def ignored(self) -> tuple[int, ...]:
        """Indices of the labels whose segments do not count."""
        return (self.all_labels.index(self.background),) if self.background in self.all_labels else ()

    def outcome(self, case: Case) -> FrameOutcome | None:
        """Return the frames of a video of which it is known what goes on when."""
        if case.truth.spans is None or case.clips is None or not len(case.clips.scores):
            return None
        times = frame_times(case.duration_seconds, self.rate_hz)
        if not len(times):
            return None
        scores = {view: frame_scores(case.clips, times, view) for view in VIEWS}
        is_true = true_frames(case, times, self.all_labels, self.background)
        if self.ignored:
            for rows in scores.values():
                rows[~rows.any(axis=1), self.ignored[0]] = 1.0  # nothing is known yet, so nothing is said
        if not self.is_multi_label:
            counts = is_true.any(axis=1)
            is_true, scores = is_true[counts], {view: rows[counts] for view, rows in scores.items()}
        return FrameOutcome(is_true, scores) if len(is_true) else None

    def measures(self, label: str | None = None) -> list[Measure[FrameOutcome]]:
        """Return measures over all labels or of one."""
        if label is not None:
            index = self.all_labels.index(label)
            return [
                _per_view("average_precision", "Average precision", view, _column(average_precision, view, index), True)
                for view in VIEWS
            ]
        return [measure for view in VIEWS for measure in self._view_measures(view)]

    def _view_measures(self, view: View) -> list[Measure[FrameOutcome]]:
        is_online = view == "online"
        ranking = [
            _per_view(
                "frame_map", "Mean average precision", view, self._mean(average_precision, view), True, is_online
            ),
            _per_view(
                "frame_cmap",
                "Calibrated mean average precision",
                view,
                self._mean(calibrated_average_precision, view),
                True,
            ),
        ]
        if self.is_multi_label:
            return ranking
        segments = [
            _per_view(f"segment_f1_{round(100 * share)}", f"Segmental F1@{round(100 * share)}", view, metric)
            for share in OVERLAPS
            for metric in (partial(self._segment_f1, view, share),)
        ]
        return [
            _per_view("frame_accuracy", "Frame accuracy", view, partial(_accuracy, view), is_headline=is_online),
            *ranking,
            *segments,
            _per_view("edit_score", "Edit score", view, partial(self._edit_score, view)),
            _per_view("kappa", "Cohen's kappa with the truth", view, partial(_kappa, view)),
        ]

    def _mean(self, metric: Callable[[np.ndarray, np.ndarray], float], view: View) -> Metric:
        columns = [_column(metric, view, self.all_labels.index(label)) for label in self.labels]

        def mean(outcomes: Sequence[FrameOutcome]) -> float:
            values = np.array([column(outcomes) for column in columns])
            values = values[np.isfinite(values)]
            return float(values.mean()) if len(values) else float("nan")

        return mean

    def _segment_f1(self, view: View, overlap: float, outcomes: Sequence[FrameOutcome]) -> float:
        return total_scores(
            segmental_scores(one.true_labels, one.found_labels(view), overlap, self.ignored) for one in outcomes
        ).f1

    def _edit_score(self, view: View, outcomes: Sequence[FrameOutcome]) -> float:
        return float(np.mean([edit_score(one.true_labels, one.found_labels(view), self.ignored) for one in outcomes]))


def _per_view(
    name: str, title: str, view: View, of: Metric, is_slow: bool = False, is_headline: bool = False
) -> Measure[FrameOutcome]:
    better: Better = "higher"
    return Measure(
        f"{name}_{view}", f"{title}, {_VIEW_TITLES[view]}", of, better=better, is_slow=is_slow, is_headline=is_headline
    )


def _column(metric: Callable[[np.ndarray, np.ndarray], float], view: View, index: int) -> Metric:
    def of(outcomes: Sequence[FrameOutcome]) -> float:
        scores = np.concatenate([one.scores[view][:, index] for one in outcomes])
        return metric(scores, np.concatenate([one.is_true[:, index] for one in outcomes]))

    return of


def _accuracy(view: View, outcomes: Sequence[FrameOutcome]) -> float:
    hits = [one.found_labels(view) == one.true_labels for one in outcomes]
    return float(np.concatenate(hits).mean())


def _kappa(view: View, outcomes: Sequence[FrameOutcome]) -> float:
    true = np.concatenate([one.true_labels for one in outcomes])
    found = np.concatenate([one.found_labels(view) for one in outcomes])
    return cohens_kappa([str(label) for label in true], [str(label) for label in found]).kappa
