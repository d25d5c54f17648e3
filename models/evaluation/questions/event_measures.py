"""What can be said of found events: how many are right, how soon they are known, how many alarms are false."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from models.evaluation.bootstrap import Interval
from models.evaluation.cases import FoundEvent, TrueSpan
from models.evaluation.events import (
    Criterion,
    EventScores,
    overlap_share,
    overlap_within,
    pairs_by,
    temporal_overlap,
    total_scores,
)
from models.evaluation.exact import binomial_share, poisson_rate
from models.evaluation.measures import Measure

OVERLAPS = (0.1, 0.3, 0.5, 0.7)
"""Intersections over union at which events are also counted, as in temporal action detection."""


@dataclass(frozen=True, eq=False)
class EventOutcome:
    """The events of one video, matched."""

    truth: tuple[TrueSpan, ...]
    found: tuple[FoundEvent, ...]
    pairs: tuple[tuple[TrueSpan, FoundEvent], ...]
    hours: float

    @property
    def scores(self) -> EventScores:
        return EventScores(len(self.truth), len(self.found), len(self.pairs))

    def only(self, label: str) -> "EventOutcome":
        """Return what concerns one label."""
        return EventOutcome(
            tuple(event for event in self.truth if event.label == label),
            tuple(event for event in self.found if event.label == label),
            tuple(pair for pair in self.pairs if pair[0].label == label),
            self.hours,
        )


Metric = Callable[[Sequence[EventOutcome]], float]


def event_measures(label: str | None = None) -> list[Measure[EventOutcome]]:
    """Return measures of events over all labels or of one."""
    if label is not None:
        return [_restricted(measure, label) for measure in _COUNTS]
    timing: list[Measure[EventOutcome]] = [
        Measure("time_to_alert_median", "Time to alert, median", _delay(0.5), "s", "lower", is_headline=True),
        Measure("time_to_alert_p90", "Time to alert, 90th percentile", _delay(0.9), "s", "lower"),
        Measure("onset_error", "Start, mean absolute error", _mean_of(_onset_error), "s", "lower"),
        Measure("duration_error", "Duration, mean absolute error", _mean_of(_duration_error), "s", "lower"),
        Measure("event_overlap", "Overlap of matched events (IoU)", _mean_of(lambda pair: temporal_overlap(*pair))),
        Measure("people_exact", "Number of people exact", _mean_of(_people_right)),
    ]
    overlaps: list[Measure[EventOutcome]] = [
        Measure(f"event_f1_iou{round(100 * share)}", f"F1 at IoU {share:g}", partial(_f1_at, overlap_share(share)))
        for share in OVERLAPS
    ]
    return [*_COUNTS, *timing, *overlaps]


def f1_at_tolerance(outcomes: Sequence[EventOutcome], tolerance_seconds: float) -> float:
    """Return what F1 would be with another tolerance."""
    return _f1_at(overlap_within(tolerance_seconds), outcomes)


def delays(outcomes: Sequence[EventOutcome]) -> np.ndarray:
    """Return the time to alert of every event that was found and tells when it was known, in seconds."""
    values = [
        found.known_at_seconds - event.start_seconds
        for outcome in outcomes
        for event, found in outcome.pairs
        if found.known_at_seconds is not None
    ]
    return np.array(values, np.float64)


def _f1_at(criterion: Criterion, outcomes: Sequence[EventOutcome]) -> float:
    matched = (len(pairs_by(outcome.truth, outcome.found, criterion)) for outcome in outcomes)
    return total_scores(
        EventScores(len(outcome.truth), len(outcome.found), count)
        for outcome, count in zip(outcomes, matched, strict=True)
    ).f1


def _total(outcomes: Sequence[EventOutcome]) -> EventScores:
    return total_scores(outcome.scores for outcome in outcomes)


def _precision(outcomes: Sequence[EventOutcome]) -> float:
    total = _total(outcomes)
    return total.precision if total.num_found else float("nan")


def _recall(outcomes: Sequence[EventOutcome]) -> float:
    total = _total(outcomes)
    return total.recall if total.num_true else float("nan")


def _false_alarms(outcomes: Sequence[EventOutcome]) -> float:
    hours = sum(outcome.hours for outcome in outcomes)
    return _total(outcomes).num_false / hours if hours else float("nan")


def _exact_precision(outcomes: Sequence[EventOutcome]) -> Interval:
    total = _total(outcomes)
    return binomial_share(total.num_matched, total.num_found)


def _exact_recall(outcomes: Sequence[EventOutcome]) -> Interval:
    total = _total(outcomes)
    return binomial_share(total.num_matched, total.num_true)


def _exact_false_alarms(outcomes: Sequence[EventOutcome]) -> Interval:
    hours = sum(outcome.hours for outcome in outcomes)
    return poisson_rate(_total(outcomes).num_false, hours) if hours else Interval(float("nan"), 0.0, float("inf"))


def _delay(quantile: float) -> Metric:
    def metric(outcomes: Sequence[EventOutcome]) -> float:
        values = delays(outcomes)
        return float(np.quantile(values, quantile)) if len(values) else float("nan")

    return metric


def _mean_of(value: Callable[[tuple[TrueSpan, FoundEvent]], float | None]) -> Metric:
    """Mean over the matched pairs that have the value."""

    def metric(outcomes: Sequence[EventOutcome]) -> float:
        values = [found for outcome in outcomes for pair in outcome.pairs if (found := value(pair)) is not None]
        return float(np.mean(values)) if values else float("nan")

    return metric


def _onset_error(pair: tuple[TrueSpan, FoundEvent]) -> float:
    return abs(pair[1].start_seconds - pair[0].start_seconds)


def _duration_error(pair: tuple[TrueSpan, FoundEvent]) -> float:
    true, found = (span.end_seconds - span.start_seconds for span in pair)
    return abs(found - true)


def _people_right(pair: tuple[TrueSpan, FoundEvent]) -> float | None:
    if pair[0].people is None or pair[1].people is None:
        return None
    return float(pair[0].people == pair[1].people)


_COUNTS: list[Measure[EventOutcome]] = [
    Measure("event_f1", "F1", lambda some: _total(some).f1, is_headline=True),
    Measure("event_precision", "Precision", _precision, exact=_exact_precision),
    Measure("event_recall", "Recall (sensitivity)", _recall, is_headline=True, exact=_exact_recall),
    Measure(
        "false_alarms_per_hour", "False alarms", _false_alarms, "per camera-hour", "lower", True, _exact_false_alarms
    ),
]


def _restricted(measure: Measure[EventOutcome], label: str) -> Measure[EventOutcome]:
    """Return a measure of one label's events."""
    exact = measure.exact
    return Measure(
        measure.name.removeprefix("event_"),
        measure.title,
        lambda some: measure.of([outcome.only(label) for outcome in some]),
        measure.unit,
        measure.better,
        exact=(lambda some: exact([outcome.only(label) for outcome in some])) if exact else None,
    )
