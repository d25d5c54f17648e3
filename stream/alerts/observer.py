"""Everything that the watcher knows of its sources: detectors and alerts, fed with results and reports."""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from models.predictor import EventSpec
from stream.alerts.analysis_judge import AnalysisJudge
from stream.alerts.monitoring import Monitoring, MonitoringJudge
from stream.alerts.record import Acknowledgement, Record
from stream.alerts.rule import Rule
from stream.alerts.source_alerts import SourceAlerts
from stream.events import EventDetector
from stream.messages import Alert, InferenceResult, SourceStatus
from stream.queue.account import Gap

logger = logging.getLogger(__name__)

POSITION = "position"
IDLE_SECONDS = 15.0  # a source that is not watched has no results under way any more after this time
REMOVED_SECONDS = 5.0  # a source without a report for this long was removed


class Observer:
    """Turns results and reports into records of what must be remembered, told and delivered.

    It goes ahead only when its last record is committed (`committed`): then what it remembers and
    what the ledger has never part. Times are passed in: `now` is wall time, `now_seconds` monotonic.
    """

    def __init__(self, rules: Sequence[Rule], event_specs: Mapping[str, EventSpec]) -> None:
        self._rules, self._event_specs = tuple(rules), dict(event_specs)
        self._committed: dict[str, str] = {POSITION: "0"}
        self._detectors: dict[tuple[str, str], EventDetector] = {}
        self._alerts: dict[str, SourceAlerts] = {}
        self._judge, self._analysis = MonitoringJudge(), AnalysisJudge()
        self.open_gaps: tuple[Gap, ...] = ()
        """Sources that nobody watches now, each since when and why, as last judged."""
        self._last_result_seconds: dict[str, float] = {}
        self._last_report_seconds: dict[str, float] = {}

    @property
    def position(self) -> str:
        """Last result of which everything that follows is committed."""
        return self._committed[POSITION]

    def restore(self, memory: Mapping[str, str], now: float) -> Record:
        """Take on what the ledger remembers; return what must change because rules or models did."""
        self._committed.update(memory)
        record = Record()
        for name in memory:
            kind, _, source_id = name.partition(" ")
            if kind == "alerts":
                record.alerts += self._load_alerts(source_id, now)
            elif kind == "analysis":
                self._analysis.restore(source_id, json.loads(memory[name]))
        for name, state in memory.items():
            if name.startswith("detector "):
                _, source_id, model = name.split(" ")
                self._load_detector(source_id, model, state, record, now)
        return self._remembering(record, self._alerts)

    def see_results(self, entries: Iterable[tuple[str, InferenceResult]], now: float, now_seconds: float) -> Record:
        """Take the next results, each with its position."""
        record, touched = Record(), set()
        for position, result in entries:
            record.memory[POSITION] = position
            record.gaps += self._analysis.see_result(result, now_seconds)
            try:
                self._see_result(result, record, now)
            except ValueError as error:  # not a result of ours: it must not keep the others from being seen
                logger.error("left out a result: source_id=%s model=%s %s", result.source_id, result.model, error)
            self._last_result_seconds[result.source_id] = now_seconds
            touched.add(result.source_id)
        return self._remembering(record, touched)

    def see_sources(
        self, statuses: Mapping[str, SourceStatus], now: float, now_seconds: float, *, is_server_away: bool = False
    ) -> Record:
        """Take the last reports of all sources; those known before when the server is away."""
        record = Record()
        open_gaps = []
        for source_id in statuses:
            self._last_report_seconds[source_id] = now_seconds
        judged = self._judge.judge(statuses, now_seconds, is_server_away=is_server_away)
        for source_id, found in judged.items():
            monitoring = self._analysis.judge(statuses[source_id], found, now_seconds)
            if monitoring.state in ("not_monitored", "ended"):
                record.gaps += self._analysis.see_away(statuses[source_id], monitoring)
            open_gaps += _open_gap(statuses[source_id], monitoring, now)
            self._close_idle(source_id, monitoring, record, now, now_seconds)
            record.alerts += self._of(source_id).see_monitoring(monitoring, now)
        self.open_gaps = tuple(open_gaps)
        touched = set(self._alerts)
        for source_id in sorted(touched - set(statuses)):
            seen_seconds = self._last_report_seconds.setdefault(source_id, now_seconds)
            if now_seconds - seen_seconds > REMOVED_SECONDS:
                self._remove(source_id, record, now)
        return self._remembering(record, touched)

    def acknowledge(self, alert_id: str, who: str, note: str, now: float) -> tuple[Alert, Record]:
        """Take note that a person has seen an alert, and return it as it is then.

        Raises:
            ValueError: no such alert is open.
        """
        source_id = next((name for name, alerts in self._alerts.items() if alerts.has(alert_id)), None)
        if source_id is None:
            raise ValueError(f"no alert {alert_id!r} is open; it may be resolved by now, see `vigil alerts list`")
        alert = self._alerts[source_id].acknowledge(alert_id, who, now)
        record = Record(acknowledgements=[Acknowledgement(alert_id, who, note, now)])
        if alert.changed_at == now:  # else it was acknowledged before
            record.alerts.append(alert)
        return alert, self._remembering(record, [source_id])

    def committed(self, record: Record) -> None:
        """Hear that a record is in the ledger."""
        for name, value in record.memory.items():
            if value is None:
                self._committed.pop(name, None)
            else:
                self._committed[name] = value

    def take_back(self, source_id: str, now: float) -> None:
        """Return a source's alerts to what is committed: what was done since could not be recorded."""
        self._alerts.pop(source_id, None)
        self._load_alerts(source_id, now)

    def _see_result(self, result: InferenceResult, record: Record, now: float) -> None:
        detector = self._detector(result.source_id, result.model)
        events = detector.push(result) if detector else []
        record.events += events
        record.alerts += self._of(result.source_id).see_result(result, events, now)

    def _of(self, source_id: str) -> SourceAlerts:
        return self._alerts.setdefault(source_id, SourceAlerts(source_id, self._rules))

    def _detector(self, source_id: str, model: str) -> EventDetector | None:
        spec = self._event_specs.get(model)
        if spec is None:
            return None
        return self._detectors.setdefault((source_id, model), EventDetector(source_id, model, spec))

    def _load_alerts(self, source_id: str, now: float) -> list[Alert]:
        state = self._committed.get(f"alerts {source_id}")
        return self._of(source_id).restore(json.loads(state), now) if state else []

    def _load_detector(self, source_id: str, model: str, state: str, record: Record, now: float) -> None:
        """Restore a detector; one whose model is served no more only ends what it has open."""
        snapshot = json.loads(state)
        detector = self._detector(source_id, model)
        if detector:
            detector.restore(snapshot)
            return
        detector = EventDetector(source_id, model, EventSpec(tuple(snapshot["tracks"]), enter_score=1, leave_score=0))
        detector.restore(snapshot)
        self._end(detector, source_id, record, now)
        record.memory[f"detector {source_id} {model}"] = None

    def _end(self, detector: EventDetector, source_id: str, record: Record, now: float) -> None:
        for event in detector.finish():
            record.events.append(event)
            record.alerts += self._of(source_id).see_event(event, now)

    def _close_idle(
        self, source_id: str, monitoring: Monitoring, record: Record, now: float, now_seconds: float
    ) -> None:
        """End what is open at a source that nobody watches, once no result can be under way any more."""
        last_seconds = self._last_result_seconds.setdefault(source_id, now_seconds)
        if monitoring.state == "monitored" or now_seconds - last_seconds < IDLE_SECONDS:
            return
        for (owner, _), detector in self._detectors.items():
            if owner == source_id:
                self._end(detector, source_id, record, now)

    def _remove(self, source_id: str, record: Record, now: float) -> None:
        """End everything at a source that exists no more; alerts that latched stay until acknowledged."""
        for key in [key for key in self._detectors if key[0] == source_id]:
            self._end(self._detectors.pop(key), source_id, record, now)
            record.memory[f"detector {source_id} {key[1]}"] = None
        self._analysis.forget(source_id)
        alerts = self._of(source_id)
        record.alerts += alerts.see_removal(now)
        if not alerts.has_open_alerts:
            del self._alerts[source_id]
            record.memory[f"alerts {source_id}"] = None

    def _remembering(self, record: Record, source_ids: Iterable[str]) -> Record:
        """Add the states that differ from what is committed."""
        states: dict[str, dict[str, Any] | None] = {
            f"detector {source_id} {model}": detector.snapshot()
            for (source_id, model), detector in self._detectors.items()
            if source_id in source_ids
        }
        states |= {
            f"alerts {source_id}": self._alerts[source_id].snapshot()
            for source_id in source_ids
            if source_id in self._alerts
        }
        for source_id in source_ids:
            states[f"analysis {source_id}"] = self._analysis.snapshot(source_id)
        for name, state in states.items():
            if state is None:
                record.memory[name] = None
                continue
            text = json.dumps(state, separators=(",", ":"))
            if self._committed.get(name) != text:
                record.memory[name] = text
        record.memory = {
            name: value for name, value in record.memory.items() if value is not None or name in self._committed
        }
        return record


def _open_gap(status: SourceStatus, monitoring: Monitoring, now: float) -> list[Gap]:
    if monitoring.state not in ("not_monitored", "not_analysed"):
        return []
    return [Gap(status.source_id, status.epoch, monitoring.since, now, monitoring.reason, kind=monitoring.state)]
