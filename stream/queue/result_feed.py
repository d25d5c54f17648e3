"""Results in the order in which they were finished, for any number of readers."""

import logging
from typing import Any

from stream.bus import Bus
from stream.keys import LATEST, RESULTS, RequestStream
from stream.messages import InferenceResult

logger = logging.getLogger(__name__)

KEPT_SECONDS = 3600.0
"""Results younger than this are never trimmed."""


class ResultFeed:
    """The stream of results that `RequestQueue.finish` writes. Raises BrokerUnavailable.

    Results of one source and model stand in rising order of (epoch, clip index).
    """

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._passed = ("", "")  # a reader's position, and the last of the unreadable results right behind it

    def read(self, after_id: str, *, count: int = 500, block_seconds: float = 1.0) -> list[tuple[str, InferenceResult]]:
        """Return the results after a position, oldest first, each with its own position.

        Args:
            after_id: position of the last result read; "0" for the beginning, "$" for what comes from now on.
            count: most results returned.
            block_seconds: how long to wait when there is none; keep it below the bus's socket timeout.
        """
        block = round(block_seconds * 1000) or None
        start = self._passed[1] if after_id == self._passed[0] else after_id
        reply = self._bus.client.xread({RESULTS: start}, count=count, block=block)
        if not reply:
            return []
        results = _decoded(reply[0][1])
        if not results:  # the reader's position stays where it is; do not read these again and again
            self._passed = (after_id, reply[0][1][-1][0].decode())
        return results

    def latest(self, source_id: str, model: str) -> InferenceResult | None:
        """Return the newest result of a source and model."""
        payload = self._bus.client.hget(LATEST, RequestStream(source_id, model).name)
        return InferenceResult.decode(payload) if payload else None

    def recent(self, limit: int) -> list[InferenceResult]:
        """Return the last results, newest first."""
        return [result for _, result in _decoded(self._bus.client.xrevrange(RESULTS, count=limit))]

    def newest_id(self) -> str:
        """Return the position of the newest result, "0" when there is none yet."""
        entries = self._bus.client.xrevrange(RESULTS, count=1)
        return entries[0][0].decode() if entries else "0"

    def trim(self, before_id: str) -> int:
        """Forget results before a position, save those of the last hour; return about how many went."""
        seconds, _ = self._bus.client.time()
        oldest_kept = f"{int((seconds - KEPT_SECONDS) * 1000)}-0"
        return int(self._bus.client.xtrim(RESULTS, minid=min(before_id, oldest_kept, key=_as_number)))


def _as_number(entry_id: str) -> tuple[int, int]:
    milliseconds, _, sequence = entry_id.partition("-")
    return int(milliseconds), int(sequence or 0)


def _decoded(entries: Any) -> list[tuple[str, InferenceResult]]:
    results = []
    for entry_id, fields in entries:
        try:
            results.append((entry_id.decode(), InferenceResult.decode(fields.get(b"record", b""))))
        except ValueError as error:
            logger.warning("left out a result that cannot be read: id=%s %s", entry_id.decode(), error)
    return results
