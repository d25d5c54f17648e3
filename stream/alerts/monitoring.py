"""Which sources are monitored, judged by the reports of their ingesters and by the reports' absence."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from stream.messages import SourceStatus

SERVER_AWAY = "the server is away"
STALE_AFTER_SECONDS = 3.0  # without a new report the ingester itself is gone
CONNECTING_AFTER_SECONDS = 10.0  # a camera that takes longer than this to connect is not monitored


@dataclass(frozen=True)
class Monitoring:
    """Whether a source is watched at this moment."""

    state: Literal["monitored", "not_monitored", "not_analysed", "ended"]
    since: float
    """Wall time of the last frame, or of the last change where no frame came yet; of a source that is not analysed,
    up to when it was."""
    reason: str = ""
    """Why it is not monitored, or not analysed."""
    hints: tuple[str, ...] = ()
    """What is wrong with the picture itself ("frozen", "dark")."""


@dataclass
class _Seen:
    reported_at: float
    at_seconds: float
    connecting_since: float | None = None
    is_fresh: bool = False
    """A second report came: the first one that is seen may be an old one."""


class MonitoringJudge:
    """Judges every source by the watcher's own monotonic clock, so that skewed clocks raise no false alarm."""

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}
        self._away_until_seconds = float("-inf")

    def judge(
        self, statuses: Mapping[str, SourceStatus], now_seconds: float, *, is_server_away: bool = False
    ) -> dict[str, Monitoring]:
        """Return how each source is, leaving out those of which nothing can be said yet.

        Args:
            statuses: last report of every source.
            now_seconds: monotonic time.
            is_server_away: the reports could not be read just now; that says nothing of the ingesters.
        """
        if is_server_away:
            self._away_until_seconds = now_seconds
        self._seen = {source_id: seen for source_id, seen in self._seen.items() if source_id in statuses}
        judged = {source_id: self._judge(status, now_seconds) for source_id, status in statuses.items()}
        return {source_id: monitoring for source_id, monitoring in judged.items() if monitoring is not None}

    def _judge(self, status: SourceStatus, now_seconds: float) -> Monitoring | None:
        seen = self._see(status, now_seconds)
        since = status.last_frame_at or status.changed_at or status.reported_at
        if status.state == "ended":
            return Monitoring("ended", since)
        if status.state in ("stalled", "failed", "refused"):
            reason = f"{status.state}: {status.reason}" if status.reason else status.state
            return Monitoring("not_monitored", since, reason)
        if now_seconds - seen.at_seconds > STALE_AFTER_SECONDS:
            if now_seconds - self._away_until_seconds > STALE_AFTER_SECONDS:
                return Monitoring("not_monitored", since, "no report from its ingester")
            # Just back, it may have old reports only.
            return Monitoring("not_monitored", since, SERVER_AWAY) if now_seconds == self._away_until_seconds else None
        if not seen.is_fresh:
            return None
        if seen.connecting_since is None:
            return Monitoring("monitored", since, hints=status.hints)
        if now_seconds - seen.connecting_since > CONNECTING_AFTER_SECONDS:
            return Monitoring("not_monitored", since, "connecting")
        return None

    def _see(self, status: SourceStatus, now_seconds: float) -> _Seen:
        seen = self._seen.setdefault(status.source_id, _Seen(status.reported_at, now_seconds))
        if status.reported_at != seen.reported_at:
            seen.reported_at, seen.at_seconds, seen.is_fresh = status.reported_at, now_seconds, True
        if status.state != "connecting":
            seen.connecting_since = None
        elif seen.connecting_since is None:
            seen.connecting_since = now_seconds
        return seen
