"""Are the events found, how soon, and how many alarms are false?"""

from collections.abc import Sequence
from dataclasses import dataclass

from models.evaluation.cases import Case
from models.evaluation.events import Criterion, onset_within, overlap_within, pairs_by
from models.evaluation.measures import Measure
from models.evaluation.questions.event_measures import EventOutcome, event_measures


@dataclass(frozen=True)
class MatchRule:
    """When a found event counts as a true one."""

    tolerance_seconds: float = 1.0
    """Gap that may lie between the two; used when no onset window is given."""
    onset_window_seconds: tuple[float, float] | None = None
    """How long before and after the true start the found one may start, instead."""

    @property
    def criterion(self) -> Criterion:
        if self.onset_window_seconds:
            return onset_within(*self.onset_window_seconds)
        return overlap_within(self.tolerance_seconds)

    def __str__(self) -> str:
        if self.onset_window_seconds:
            before, after = self.onset_window_seconds
            return f"it starts between {before:g} s before and {after:g} s after the true start"
        return f"it overlaps the true one, or lies within {self.tolerance_seconds:g} s of it"


class EventQuestion:
    """Precision, recall and F1 of events, false alarms an hour, time to alert, people counted."""

    name, title = "events", "Events"

    def __init__(self, labels: Sequence[str], rule: MatchRule) -> None:
        """Make the question for the labels that make events."""
        self.labels = tuple(labels)
        self.rule = rule
        self.explanation = (
            f"Found and true events of one label are matched one to one, as many as possible; a found event may match "
            f"when {rule}. Every found event without a partner is a false alarm, a second alarm for one event too. "
            "Time to alert runs from the true start to the moment at which the event could first be known, in media "
            "time: the lag of the algorithm, without that of the system. "
            "The exact intervals take alarms as independent (Garwood; Clopper and Pearson)."
        )

    def outcome(self, case: Case) -> EventOutcome | None:
        """Return the events of a video, matched; None where the truth or the answer is missing."""
        if case.truth.spans is None or not case.is_answered:
            return None
        truth = tuple(span for span in case.truth.spans if span.label in self.labels)
        found = tuple(event for event in case.found if event.label in self.labels)
        pairs = pairs_by(truth, found, self.rule.criterion)
        return EventOutcome(
            truth, found, tuple((truth[first], found[second]) for first, second in pairs), case.duration_seconds / 3600
        )

    def measures(self, label: str | None = None) -> list[Measure[EventOutcome]]:
        """Return measures over all labels or of one."""
        return event_measures(label)
