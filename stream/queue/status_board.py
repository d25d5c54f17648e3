"""The last word of every source and worker about itself."""

import logging
from typing import TypeVar

from stream.bus import Bus
from stream.keys import SOURCE_STATUS, WORKER_STATUS
from stream.messages import Message, SourceStatus, WorkerStatus

logger = logging.getLogger(__name__)

WORKER_MEMORY_SECONDS = 600.0
"""How long a worker that ended without a word stays on the board."""

Status = TypeVar("Status", bound=Message)


class StatusBoard:
    """Reports of sources and workers, the last of each; a reader judges their age. Raises BrokerUnavailable."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def report_source(self, status: SourceStatus) -> None:
        self._bus.client.hset(SOURCE_STATUS, status.source_id, status.encode())

    def sources(self) -> dict[str, SourceStatus]:
        """Return the last report of every source, by id."""
        return self._read(SOURCE_STATUS, SourceStatus)

    def report_worker(self, status: WorkerStatus) -> None:
        """Keep the report, and forget workers that have been silent for ten minutes."""
        self._bus.client.hset(WORKER_STATUS, status.worker_id, status.encode())
        for worker_id, other in self.workers().items():
            if other.reported_at < status.reported_at - WORKER_MEMORY_SECONDS:
                self.remove_worker(worker_id)

    def workers(self) -> dict[str, WorkerStatus]:
        """Return the last report of every worker, by id."""
        return self._read(WORKER_STATUS, WorkerStatus)

    def remove_worker(self, worker_id: str) -> None:
        """Take a worker that ended in order off the board."""
        self._bus.client.hdel(WORKER_STATUS, worker_id)

    def _read(self, key: str, kind: type[Status]) -> dict[str, Status]:
        found = {}
        for name, payload in sorted(self._bus.client.hgetall(key).items()):
            try:
                found[name.decode()] = kind.decode(payload)
            except ValueError as error:
                logger.warning("left out a report that cannot be read: %s %r: %s", key, name, error)
        return found
