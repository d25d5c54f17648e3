"""Clip requests on their way to the bus: kept in order while it is away, never more than a bounded number."""

import logging
import threading
from collections import Counter, deque
from itertools import islice

from stream.ingest.journal import Journal
from stream.messages import InferenceRequest
from stream.queue.request_queue import BACKLOG_WITHOUT_WORKERS, RequestQueue

logger = logging.getLogger(__name__)

MAX_PENDING = 512
"""Clips that wait for the bus; at 2 to 4 kB each. The oldest go first."""
MAX_SENT_TOGETHER = 64


class RequestOutbox:
    """One thread puts requests in; another sends them."""

    def __init__(
        self,
        queue: RequestQueue,
        *,
        max_backlog: int = BACKLOG_WITHOUT_WORKERS,
        max_pending: int = MAX_PENDING,
        journal: Journal | None = None,
    ) -> None:
        self._queue = queue
        self._max_backlog = max_backlog
        self._max_pending = max_pending
        self._journal = journal
        self._lock = threading.Lock()
        self._pending: deque[InferenceRequest] = deque()
        self._dropped: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._pending)

    def put(self, request: InferenceRequest) -> None:
        with self._lock:
            self._pending.append(request)
            self._drop_oldest()

    def send(self) -> int:
        """Hand over all that waits, in order, and return how many clips the server took.

        Raises:
            BrokerUnavailable: the server does not answer; what waits is kept.
        """
        num_taken = 0
        while batch := self._take_first(MAX_SENT_TOGETHER):
            try:
                num_taken += self._send(batch)
            except BaseException:
                self._put_back(batch)
                raise
        return num_taken

    def take_dropped(self) -> dict[str, int]:
        """Return how many clips were dropped, by model, since the last call."""
        with self._lock:
            dropped = dict(self._dropped)
            self._dropped.clear()
        return dropped

    def put_back_dropped(self, dropped: dict[str, int]) -> None:
        """Count again what could not be reported."""
        with self._lock:
            self._dropped.update(dropped)

    def _send(self, batch: list[InferenceRequest]) -> int:
        if self._journal:
            self._journal.offered(batch)
        num_taken = self._queue.produce(batch, max_backlog=self._max_backlog)
        if self._journal:
            self._journal.accepted(batch)
        return num_taken

    def _take_first(self, count: int) -> list[InferenceRequest]:
        with self._lock:
            batch = list(islice(self._pending, count))
            for _ in batch:
                self._pending.popleft()
        return batch

    def _put_back(self, batch: list[InferenceRequest]) -> None:
        with self._lock:
            self._pending.extendleft(reversed(batch))
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        while len(self._pending) > self._max_pending:
            self._dropped[self._pending.popleft().model] += 1
