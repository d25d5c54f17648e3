"""An alert when something was not seen for some time."""

from typing import Any

from stream.alerts.alert_book import AlertBook, Facts
from stream.alerts.conditions.condition_watch import ConditionWatch
from stream.alerts.monitoring import Monitoring
from stream.alerts.rule import AbsenceCondition, Rule
from stream.messages import Alert, Event


class AbsenceWatch(ConditionWatch):
    """Counts wall time since the last event ended, or since the source was first watched.

    The count goes on while the source is not monitored (what happened then was not seen either), but
    the alert is raised only for a source that is: until then "not monitored" says it better.
    """

    def __init__(self, rule: Rule, condition: AbsenceCondition, book: AlertBook) -> None:
        super().__init__(rule, book)
        self._condition = condition
        self._since: float | None = None
        self._ongoing: set[str] = set()

    def see_event(self, event: Event, now: float) -> list[Alert]:
        """Clear the alert and count anew."""
        if event.label not in self._condition.labels:
            return []
        if event.end_seconds is None:
            self._ongoing.add(event.event_id)
        else:
            self._ongoing.discard(event.event_id)
        self._since = now
        return self.book.clear(self.rule, self.rule.name, now)

    def see_monitoring(self, monitoring: Monitoring, now: float) -> list[Alert]:
        """Raise the alert when the time is up."""
        if monitoring.state != "monitored":
            return []
        if self._since is None or self._ongoing:
            self._since = now
        if now - self._since < self._condition.for_seconds:
            return []
        facts = Facts(seconds=self._condition.for_seconds)
        return self.book.open(self.rule, self.rule.name, repr(self._since), facts, now, is_pending=False)

    def see_removal(self, now: float) -> list[Alert]:
        """Stop counting."""
        self._since = None
        self._ongoing.clear()
        return self.book.clear(self.rule, self.rule.name, now)

    def snapshot(self) -> dict[str, Any]:
        # While an event goes on the count stands at the present, which need not be written again and again.
        return {"since": None if self._ongoing else self._since, "ongoing": sorted(self._ongoing)}

    def restore(self, snapshot: dict[str, Any]) -> None:
        self._since, self._ongoing = snapshot.get("since"), set(snapshot.get("ongoing", []))
