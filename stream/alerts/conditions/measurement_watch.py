"""An alert while a measured value is beyond a limit."""

from typing import Any

from models.results import Measurement
from stream.alerts.alert_book import AlertBook, Facts
from stream.alerts.conditions.condition_watch import ConditionWatch
from stream.alerts.rule import MeasurementCondition, Rule
from stream.messages import Alert, InferenceResult


class MeasurementWatch(ConditionWatch):
    """Pending until as many measurements in a row as the rule asks for are beyond the limit."""

    def __init__(self, rule: Rule, condition: MeasurementCondition, book: AlertBook) -> None:
        super().__init__(rule, book)
        self._condition = condition
        self._times = 0
        self._episode = ""

    def see_measurement(self, measurement: Measurement, result: InferenceResult, now: float) -> list[Alert]:
        """Open the alert, or clear it with the first value within the limit."""
        if measurement.name != self._condition.name:
            return []
        if not self._condition.is_met_by(measurement.value):
            self._times = 0
            return self.book.clear(self.rule, measurement.name, now)
        if self._times == 0:
            self._episode = f"{result.model} {result.epoch} {result.clip_index} {result.produced_at!r}"
        self._times += 1
        facts = Facts(value=measurement.value, unit=measurement.unit)
        is_pending = self._times < self._condition.times
        return self.book.open(self.rule, measurement.name, self._episode, facts, now, is_pending=is_pending)

    def see_removal(self, now: float) -> list[Alert]:
        """Forget the values of a source that is gone."""
        self._times = 0
        return self.book.clear(self.rule, self._condition.name, now)

    def snapshot(self) -> dict[str, Any]:
        return {"times": min(self._times, self._condition.times), "episode": self._episode}

    def restore(self, snapshot: dict[str, Any]) -> None:
        self._times, self._episode = snapshot.get("times", 0), snapshot.get("episode", "")
