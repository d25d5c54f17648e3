"""An alert while an event goes on."""

from collections.abc import Iterable
from typing import Any

from stream.alerts.alert_book import AlertBook, Facts
from stream.alerts.conditions.condition_watch import ConditionWatch
from stream.alerts.rule import EventCondition, Rule
from stream.messages import Alert, Event, InferenceResult


class EventWatch(ConditionWatch):
    """One alert a label: it stays as long as any model says that the label goes on."""

    def __init__(self, rule: Rule, condition: EventCondition, book: AlertBook) -> None:
        super().__init__(rule, book)
        self._condition = condition
        self._ongoing: dict[str, Event] = {}
        self._first: dict[str, Event] = {}  # by label: the event that began the episode

    def see_event(self, event: Event, now: float) -> list[Alert]:
        """Open an alert, pending until the event is long and certain enough; clear it with the last event."""
        if event.label not in self._condition.labels:
            return []
        self._first.setdefault(event.label, event)
        if event.end_seconds is None:
            self._ongoing[event.event_id] = event
            return self._consider(event, 0.0, now)
        told = self._consider(event, event.end_seconds - event.start_seconds, now)
        self._ongoing.pop(event.event_id, None)
        if all(other.label != event.label for other in self._ongoing.values()):
            del self._first[event.label]
            told += self.book.clear(self.rule, event.label, now)
        return told

    def see_progress(self, result: InferenceResult, now: float) -> list[Alert]:
        """Make pending alerts active whose events have lasted long enough by the end of this clip."""
        told = []
        for event in list(self._ongoing.values()):
            if (event.model, event.epoch) == (result.model, result.epoch) and self._condition.minimum_duration_seconds:
                told += self._consider(event, result.end_seconds - event.start_seconds, now)
        return told

    def see_removal(self, now: float) -> list[Alert]:
        """Clear everything: nothing goes on at a source that is gone."""
        labels = {event.label for event in self._ongoing.values()}
        self._ongoing.clear()
        self._first.clear()
        return [change for label in sorted(labels) for change in self.book.clear(self.rule, label, now)]

    def snapshot(self) -> dict[str, Any]:
        return {"ongoing": _encoded(self._ongoing.values()), "first": _encoded(self._first.values())}

    def restore(self, snapshot: dict[str, Any]) -> None:
        self._ongoing = {event.event_id: event for event in _decoded(snapshot.get("ongoing", []))}
        self._first = {event.label: event for event in _decoded(snapshot.get("first", []))}

    def _consider(self, event: Event, lasted_seconds: float, now: float) -> list[Alert]:
        if event.peak_score < self._condition.minimum_score:
            return []
        first = self._first[event.label]
        facts = Facts(score=event.peak_score, seconds=lasted_seconds, event_id=first.event_id)
        is_pending = lasted_seconds < self._condition.minimum_duration_seconds
        return self.book.open(self.rule, event.label, first.event_id, facts, now, is_pending=is_pending)


def _encoded(events: Iterable[Event]) -> list[str]:
    return [event.encode().decode() for event in events]


def _decoded(payloads: Iterable[str]) -> list[Event]:
    return [Event.decode(payload.encode()) for payload in payloads]
