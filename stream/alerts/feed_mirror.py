"""The ledger's feed and open alerts, mirrored on the server for followers and pages; rebuilt when it lost them."""

import json
import time
from typing import Any

from stream.alerts import keys
from stream.alerts.feed import MAX_FEED, feed_after, open_alerts, resolved_alerts
from stream.alerts.ledger import Ledger
from stream.bus import Bus

MAX_RESOLVED = 200
CHECK_SECONDS = 5.0  # how often the server is asked whether it still has what it was given


class FeedMirror:
    """Brings the server up to what the ledger has; every step may be repeated without harm."""

    def __init__(self, bus: Bus, ledger: Ledger) -> None:
        self._bus, self._ledger = bus, ledger
        self._last_id: int | None = None
        """Newest entry that the server has; None when that must be found out."""
        self._checked_at = 0.0

    def sync(self) -> None:
        """Send what the server lacks.

        Raises:
            BrokerUnavailable: it does not answer.
            LedgerUnavailable: the ledger cannot be read.
        """
        last_id, self._last_id = self._last_id, None  # unknown until all of this has worked
        now = time.monotonic()
        if last_id is None or now - self._checked_at > CHECK_SECONDS:
            found_id = self._newest_id()
            if found_id != last_id:
                self._rebuild_alerts()
            last_id, self._checked_at = found_id, now
        while rows := feed_after(self._ledger, last_id):
            self._send(rows)
            last_id = rows[-1][0]
        self._last_id = last_id

    def _newest_id(self) -> int:
        newest = self._bus.client.xrevrange(keys.FEED, count=1)
        return int(newest[0][0].partition(b"-")[0]) if newest else 0

    def _rebuild_alerts(self) -> None:
        still_open, resolved = open_alerts(self._ledger), resolved_alerts(self._ledger, MAX_RESOLVED)
        with self._bus.client.pipeline() as pipeline:
            pipeline.delete(keys.OPEN_ALERTS, keys.RESOLVED_ALERTS)
            for alert_id, message in still_open:
                pipeline.hset(keys.OPEN_ALERTS, alert_id, message)
            if resolved:
                pipeline.rpush(keys.RESOLVED_ALERTS, *resolved)
            pipeline.execute()

    def _send(self, rows: list[tuple[int, str]]) -> None:
        with self._bus.client.pipeline() as pipeline:
            for feed_id, message in rows:
                pipeline.xadd(keys.FEED, {"record": message}, id=f"{feed_id}-0", maxlen=MAX_FEED, approximate=True)
                record = json.loads(message)
                if record["type"] == "Alert":
                    _queue_alert(pipeline, record["alert_id"], record["state"], message)
            pipeline.execute()


def _queue_alert(pipeline: Any, alert_id: str, state: str, message: str) -> None:
    if state != "resolved":
        pipeline.hset(keys.OPEN_ALERTS, alert_id, message)
        return
    pipeline.hdel(keys.OPEN_ALERTS, alert_id)
    pipeline.lpush(keys.RESOLVED_ALERTS, message)
    pipeline.ltrim(keys.RESOLVED_ALERTS, 0, MAX_RESOLVED - 1)
