"""What every kind of condition can be told, and what it remembers."""

from typing import Any

from models.results import Measurement
from stream.alerts.alert_book import AlertBook
from stream.alerts.monitoring import Monitoring
from stream.alerts.rule import Rule
from stream.messages import Alert, Event, InferenceResult


class ConditionWatch:
    """Watches one rule's condition at one source and opens and clears its alerts; deaf unless a kind listens."""

    def __init__(self, rule: Rule, book: AlertBook) -> None:
        self.rule, self.book = rule, book

    def see_event(self, event: Event, now: float) -> list[Alert]:
        """Hear that an event began or is over."""
        return []

    def see_measurement(self, measurement: Measurement, result: InferenceResult, now: float) -> list[Alert]:
        """Hear of a measured value."""
        return []

    def see_progress(self, result: InferenceResult, now: float) -> list[Alert]:
        """Hear how far the media time has come, after the events of that time."""
        return []

    def see_monitoring(self, monitoring: Monitoring, now: float) -> list[Alert]:
        """Hear whether the source is watched; called several times a second."""
        return []

    def see_removal(self, now: float) -> list[Alert]:
        """Hear that the source exists no more."""
        return []

    def snapshot(self) -> dict[str, Any]:
        """Return what must survive a restart as plain JSON values."""
        return {}

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Take on what `snapshot` returned."""
