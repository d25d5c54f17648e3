"""Which live sources nobody analyses: pictures come, but a model says nothing of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from stream.alerts.monitoring import SERVER_AWAY, Monitoring
from stream.messages import InferenceResult, SourceStatus
from stream.queue.account import Gap

SILENCE_SECONDS = (
    15.0  # beyond what its clips take by nature, a model may be silent for so long; the wall waits as long
)
TOGETHER_SECONDS = 5.0  # models that fall silent within this time are named together


@dataclass
class _Heard:
    """What was last heard of one model about one source."""

    analysed_at: float
    """Wall time, on the clock of the source, up to which its pictures were analysed."""
    patience_seconds: float
    is_lapsed: bool = False
    at_seconds: float | None = None
    """Monotonic time of the last result, or since when one is awaited; None until that is known again."""


class AnalysisJudge:
    """Judges silence by the watcher's own monotonic clock; a gap is told of when a result ends it.

    A source whose ingester says that it is not live is not awaited: that gap is the ingester's to tell. While the
    server is away nothing can be heard, so silence is counted anew when it is back, but the gap is not forgotten.
    """

    def __init__(self) -> None:
        self._heard: dict[str, dict[str, _Heard]] = {}

    def see_result(self, result: InferenceResult, now_seconds: float) -> list[Gap]:
        """Take that a model was heard; return the gap that its clip ends, if there was one."""
        heard = self._heard.get(result.source_id, {}).get(result.model)
        if heard is None:
            return []
        start_at = result.captured_at - (result.end_seconds - result.start_seconds)
        has_gap = start_at - heard.analysed_at > heard.patience_seconds
        gap = _gap(result.source_id, result.model, result.epoch, heard.analysed_at, start_at)
        heard.at_seconds, heard.is_lapsed = now_seconds, False
        heard.analysed_at = max(heard.analysed_at, result.captured_at)
        return [gap] if has_gap else []

    def judge(self, status: SourceStatus, monitoring: Monitoring, now_seconds: float) -> Monitoring:
        """Return how the source is when its models are heard as well."""
        if monitoring.state != "monitored":
            return monitoring
        known = self._awaited(status, now_seconds)
        silences = {model: now_seconds - (heard.at_seconds or 0.0) for model, heard in known.items()}
        if any(silences[model] > heard.patience_seconds for model, heard in known.items()):
            for model, heard in known.items():
                heard.is_lapsed |= silences[model] > heard.patience_seconds - TOGETHER_SECONDS
        lapsed = {model: heard.analysed_at for model, heard in known.items() if heard.is_lapsed}
        if not lapsed:
            return monitoring
        since = min(lapsed.values())
        reason = f"no result of {', '.join(sorted(lapsed))} since {_clock(since)}"
        return replace(monitoring, state="not_analysed", since=since, reason=reason)

    def see_away(self, status: SourceStatus, monitoring: Monitoring) -> list[Gap]:
        """Take that nothing comes from a source, or from the server; return the gaps that end with that."""
        if monitoring.reason == SERVER_AWAY:
            for heard in self._heard.get(status.source_id, {}).values():
                heard.at_seconds = None
            return []
        lost = self._heard.pop(status.source_id, {})
        return [
            _gap(status.source_id, model, status.epoch, heard.analysed_at, monitoring.since)
            for model, heard in lost.items()
            if heard.is_lapsed and monitoring.since > heard.analysed_at
        ]

    def forget(self, source_id: str) -> None:
        """Take that the source exists no more."""
        self._heard.pop(source_id, None)

    def snapshot(self, source_id: str) -> dict[str, Any] | None:
        """Return what must survive a restart as plain JSON values; None when there is nothing."""
        known = self._heard.get(source_id)
        if not known:
            return None
        return {model: [heard.analysed_at, heard.patience_seconds, heard.is_lapsed] for model, heard in known.items()}

    def restore(self, source_id: str, snapshot: Mapping[str, Any]) -> None:
        """Take on what `snapshot` returned."""
        self._heard[source_id] = {model: _Heard(*values) for model, values in snapshot.items()}

    def _awaited(self, status: SourceStatus, now_seconds: float) -> dict[str, _Heard]:
        """Return what is known of each model that the source has clips for, from now on if nothing was."""
        before = self._heard.get(status.source_id, {})
        known = self._heard[status.source_id] = {}
        for model, clip_seconds in status.clip_seconds.items():
            patience_seconds = SILENCE_SECONDS + clip_seconds
            known[model] = before.get(model) or _Heard(status.reported_at, patience_seconds)
            known[model].patience_seconds = patience_seconds
            if known[model].at_seconds is None:
                known[model].at_seconds = now_seconds
        return known


def _gap(source_id: str, model: str, epoch: int, from_at: float, to_at: float) -> Gap:
    return Gap(source_id, epoch, from_at, to_at, f"no result of {model}", kind="not_analysed")


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S UTC")
