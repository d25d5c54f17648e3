"""All alerts of one source: what the rules make of its events, measurements and monitoring."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from models.results import Measurement, result_from_json
from stream.alerts.alert_book import AlertBook
from stream.alerts.conditions.absence_watch import AbsenceWatch
from stream.alerts.conditions.condition_watch import ConditionWatch
from stream.alerts.conditions.event_watch import EventWatch
from stream.alerts.conditions.measurement_watch import MeasurementWatch
from stream.alerts.conditions.source_watch import SourceWatch
from stream.alerts.monitoring import Monitoring
from stream.alerts.rule import AbsenceCondition, EventCondition, MeasurementCondition, Rule
from stream.messages import Alert, Event, InferenceResult


class SourceAlerts:
    """A pure state machine: what it says depends on what it was told and on the `now` of each call (wall time)."""

    def __init__(self, source_id: str, rules: Iterable[Rule]) -> None:
        self._book = AlertBook(source_id)
        self._watches = [_watch(rule, self._book) for rule in rules if rule.covers(source_id)]

    def see_result(self, result: InferenceResult, events: Sequence[Event], now: float) -> list[Alert]:
        """Take a result and the events that it made known; return the alerts that changed."""
        told = [change for event in events for change in self.see_event(event, now)]
        if result.result.get("kind") == Measurement.kind:
            measurement = result_from_json(result.result)
            if isinstance(measurement, Measurement):
                told += self._ask(lambda watch: watch.see_measurement(measurement, result, now))
        return told + self._ask(lambda watch: watch.see_progress(result, now))

    def see_event(self, event: Event, now: float) -> list[Alert]:
        """Take an event that began or is over."""
        return self._ask(lambda watch: watch.see_event(event, now))

    def see_monitoring(self, monitoring: Monitoring, now: float) -> list[Alert]:
        """Take whether the source is watched."""
        return self._ask(lambda watch: watch.see_monitoring(monitoring, now))

    def see_removal(self, now: float) -> list[Alert]:
        """Take that the source exists no more."""
        return self._ask(lambda watch: watch.see_removal(now))

    def has(self, alert_id: str) -> bool:
        """Answer whether this alert is open here."""
        return self._book.has(alert_id)

    def acknowledge(self, alert_id: str, who: str, now: float) -> Alert:
        """Take note that a person has seen an alert.

        Raises:
            ValueError: no such alert is open here.
        """
        return self._book.acknowledge(alert_id, who, now)

    @property
    def has_open_alerts(self) -> bool:
        return bool(self._book.snapshot())

    def snapshot(self) -> dict[str, Any]:
        """Return the state as plain JSON values."""
        watches = {watch.rule.name: watch.snapshot() for watch in self._watches}
        return {"alerts": self._book.snapshot(), "watches": watches}

    def restore(self, snapshot: dict[str, Any], now: float) -> list[Alert]:
        """Take on the state that `snapshot` returned; alerts of rules that are gone are closed."""
        self._book.restore(snapshot["alerts"])
        for watch in self._watches:
            watch.restore(snapshot["watches"].get(watch.rule.name, {}))
        known = {(watch.rule.name, label) for watch in self._watches for label in watch.rule.alert_labels}
        return self._book.close_others(known, now)

    def _ask(self, question: Callable[[ConditionWatch], list[Alert]]) -> list[Alert]:
        return [change for watch in self._watches for change in question(watch)]


def _watch(rule: Rule, book: AlertBook) -> ConditionWatch:
    condition = rule.when
    if isinstance(condition, EventCondition):
        return EventWatch(rule, condition, book)
    if isinstance(condition, AbsenceCondition):
        return AbsenceWatch(rule, condition, book)
    if isinstance(condition, MeasurementCondition):
        return MeasurementWatch(rule, condition, book)
    return SourceWatch(rule, condition, book)
