"""The plots of an answer, and what only the JSON of a report says of it; each kind of question has its own."""

from functools import singledispatch
from typing import Any

import numpy as np

from app.evaluation.charts.chart import label_colours
from app.evaluation.charts.numbers import draw_agreement, draw_scatter
from app.evaluation.charts.scoring import draw_confusion, draw_precision_recall, draw_reliability, draw_roc
from app.evaluation.charts.timing import MAX_RIBBONS, draw_delays, draw_ribbons, draw_tolerances
from app.evaluation.report.document import Figure
from models.evaluation.calibration import reliability
from models.evaluation.confusion import confusion_matrix
from models.evaluation.events import Span
from models.evaluation.frames import frame_times
from models.evaluation.questions.clips import ClipQuestion, stacked
from models.evaluation.questions.event_measures import delays, f1_at_tolerance
from models.evaluation.questions.events import EventQuestion
from models.evaluation.questions.frames import FrameQuestion
from models.evaluation.questions.measurements import MeasurementQuestion
from models.evaluation.questions.objects import CocoQuestion
from models.evaluation.questions.question import Answer
from models.evaluation.questions.views import ViewQuestion
from models.evaluation.questions.volumes import VolumeObjectQuestion
from models.evaluation.ranking import ranked_counts
from models.evaluation.segmental import segments_of

TOLERANCES = (0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0)
"""Seconds."""


@singledispatch
def illustrate(question: Any, answer: Answer) -> tuple[list[Figure], dict[str, Any]]:
    """Return the plots of an answer, and what only the JSON says; each kind of question has its own."""
    return [], {}


@illustrate.register
def _of_clips(question: ClipQuestion, answer: Answer) -> tuple[list[Figure], dict[str, Any]]:
    scores, is_true = stacked(answer.outcomes)
    found = reliability(*question.confidences(answer.outcomes))
    occurring = [index for index in range(len(question.labels)) if is_true[:, index].any()]
    curves = {question.labels[index]: ranked_counts(scores[:, index], is_true[:, index]) for index in occurring}
    colours = label_colours(question.labels, question.background)
    figures = [
        Figure("roc", "ROC curve of each label", draw_roc(curves, colours)),
        Figure("precision_recall", "Precision and recall of each label", draw_precision_recall(curves, colours)),
        Figure("reliability", "Reliability: how often an answer of a confidence is right", draw_reliability(found)),
    ]
    extra: dict[str, Any] = {
        "num_clips": len(scores),
        "reliability": {
            "counts": found.counts.tolist(),
            "confidences": _numbers(found.confidences),
            "accuracies": _numbers(found.accuracies),
        },
    }
    if not question.is_multi_label:
        matrix = confusion_matrix(is_true.argmax(axis=1), scores.argmax(axis=1), len(question.labels))
        figures.insert(0, _confusion_figure(matrix, question.labels))
        extra["confusion_matrix"] = {"labels": list(question.labels), "rows_are_truth": matrix.tolist()}
    return figures, extra


@illustrate.register
def _of_objects(question: CocoQuestion | VolumeObjectQuestion, answer: Answer) -> tuple[list[Figure], dict[str, Any]]:
    curves = question.curves()
    drawn = draw_precision_recall(curves, label_colours(tuple(curves)))
    return [Figure(f"{question.name}_precision_recall", "Precision and recall", drawn)], {
        "curves": {name: _numbers(curve.precision) for name, curve in curves.items()}
    }


@illustrate.register
def _of_views(question: ViewQuestion, answer: Answer) -> tuple[list[Figure], dict[str, Any]]:
    targets = np.concatenate([one.targets for one in answer.outcomes])
    answers = np.concatenate([one.multiple for one in answer.outcomes]).argmax(axis=1)
    matrix = confusion_matrix(targets, answers, len(question.labels))
    extra = {
        "num_actions": len(targets),
        "confusion_matrix": {"labels": list(question.labels), "rows_are_truth": matrix.tolist()},
    }
    return [_confusion_figure(matrix, question.labels)], extra


@illustrate.register
def _of_events(question: EventQuestion, answer: Answer) -> tuple[list[Figure], dict[str, Any]]:
    outcomes, figures = answer.outcomes, []
    num_true, num_found = (sum(len(getattr(one, side)) for one in outcomes) for side in ("truth", "found"))
    waits = delays(outcomes)
    if len(waits):
        figures.append(Figure("delays", "How soon events are known", draw_delays(waits, num_true)))
    points = [(tolerance, f1_at_tolerance(outcomes, tolerance)) for tolerance in TOLERANCES]
    figures.append(Figure("tolerances", "F1 by tolerance (gap between found and true event)", draw_tolerances(points)))
    rows = [
        (case.truth.name, case.duration_seconds, one.truth, one.found)
        for case, one in zip(answer.cases, outcomes, strict=True)
    ]
    colours = label_colours(question.labels)
    figures.append(Figure("ribbons", _ribbon_caption(len(rows)), draw_ribbons(rows, colours), is_wide=True))
    return figures, {
        "num_true": num_true,
        "num_found": num_found,
        "num_matched": sum(len(one.pairs) for one in outcomes),
        "camera_hours": round(sum(one.hours for one in outcomes), 5),
        "f1_by_tolerance": {f"{tolerance:g}": round(value, 4) for tolerance, value in points},
    }


@illustrate.register
def _of_frames(question: FrameQuestion, answer: Answer) -> tuple[list[Figure], dict[str, Any]]:
    extra = {"num_frames": sum(len(one.is_true) for one in answer.outcomes), "rate_hz": question.rate_hz}
    if question.is_multi_label:
        return [], extra
    rows = []
    for case, one in zip(answer.cases, answer.outcomes, strict=True):
        times = frame_times(case.duration_seconds, question.rate_hz)
        if len(times) == len(one.is_true):
            true, found = (_spans(labels, question) for labels in (one.true_labels, one.found_labels("online")))
            rows.append((case.truth.name, case.duration_seconds, true, found))
    if not rows:
        return [], extra
    colours = label_colours(question.labels)
    caption = _ribbon_caption(len(rows)) + ", as known at the time"
    return [Figure("frame_ribbons", caption, draw_ribbons(rows, colours), is_wide=True)], extra


@illustrate.register
def _of_measurements(question: MeasurementQuestion, answer: Answer) -> tuple[list[Figure], dict[str, Any]]:
    named = [
        (case.truth.name, one.true, one.measured)
        for case, one in zip(answer.cases, answer.outcomes, strict=True)
        if one.measured is not None
    ]
    if not named:
        return [], {"num_measured": 0}
    figures = [
        Figure("bland_altman", "Bland-Altman: differences against means", draw_agreement(named, question.unit)),
        Figure("scatter", "Measured against true value", draw_scatter(named, question.unit)),
    ]
    values = [{"name": name, "true": true, "measured": measured} for name, true, measured in named]
    return figures, {"num_measured": len(named), "values": values}


def _confusion_figure(matrix: np.ndarray, labels: tuple[str, ...]) -> Figure:
    """Labels that neither occur nor are said are left out."""
    used = np.flatnonzero(matrix.any(axis=0) | matrix.any(axis=1))
    caption = "Confusion matrix: percent of the row, and counts"
    return Figure("confusion", caption, draw_confusion(matrix[np.ix_(used, used)], [labels[index] for index in used]))


def _spans(labels: np.ndarray, question: FrameQuestion) -> list[Span]:
    return [
        Span(question.all_labels[run.label], run.start / question.rate_hz, run.end / question.rate_hz)
        for run in segments_of(labels, question.ignored)
    ]


def _ribbon_caption(num_videos: int) -> str:
    more = f" (the first {MAX_RIBBONS} of {num_videos} videos)" if num_videos > MAX_RIBBONS else ""
    return f"Truth (upper) and answer (lower) in each video{more}"


def _numbers(values: np.ndarray) -> list[float | None]:
    return [round(float(value), 5) if np.isfinite(value) else None for value in values]
