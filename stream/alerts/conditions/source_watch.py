"""A technical alert while a source is not monitored, or its picture shows nothing."""

from stream.alerts.alert_book import AlertBook, Facts
from stream.alerts.conditions.condition_watch import ConditionWatch
from stream.alerts.monitoring import Monitoring
from stream.alerts.rule import Rule, SourceCondition
from stream.messages import Alert


class SourceWatch(ConditionWatch):
    """Follows what the judge of monitoring says; a file that has ended is no alarm."""

    def __init__(self, rule: Rule, condition: SourceCondition, book: AlertBook) -> None:
        super().__init__(rule, book)
        self._condition = condition

    def see_monitoring(self, monitoring: Monitoring, now: float) -> list[Alert]:
        """Open the alert with the state, clear it without."""
        state = self._condition.state
        if monitoring.state != state and state not in monitoring.hints:
            return self.book.clear(self.rule, state, now)
        if self.book.is_on(self.rule, state):
            return []  # the same episode, though its reason may change
        facts = Facts(reason=monitoring.reason or state)
        return self.book.open(self.rule, state, repr(now), facts, now, is_pending=False)

    def see_removal(self, now: float) -> list[Alert]:
        """A source that was removed on purpose is not missed."""
        return self.book.clear(self.rule, self._condition.state, now)
