"""All that an ingester says to the bus and hears from it, kept in order while the bus is away."""

import contextlib
import logging
from collections import deque

from stream.bus import Bus
from stream.errors import BrokerUnavailable
from stream.ingest.clip_producer import LastSeen
from stream.ingest.frame_counts import FrameCounts
from stream.ingest.journal import Journal
from stream.ingest.request_outbox import RequestOutbox
from stream.messages import InferenceRequest, SourceStatus
from stream.queue.account import Account, Gap
from stream.queue.request_queue import BACKLOG_WITHOUT_WORKERS, RequestQueue
from stream.queue.status_board import StatusBoard
from stream.source_registry import SourceRegistry, StoredSource

logger = logging.getLogger(__name__)

MAX_PENDING_GAPS = 100
"""Gaps that wait for the bus; the oldest go first."""


class BusLink:
    """Clips, state, frames account and gaps of one source on their way to the bus.

    The thread that reads the source puts clips and gaps in; the other calls `talk`.
    """

    def __init__(
        self,
        source: StoredSource,
        bus: Bus,
        *,
        counts: FrameCounts,
        max_backlog_clips: int,
        journal: Journal | None = None,
    ) -> None:
        """Make the link.

        Raises:
            BrokerUnavailable: the server does not answer.
        """
        self._source = source
        self._registry = SourceRegistry(bus)
        self._board = StatusBoard(bus)
        self._account = Account(bus)
        self._queue = RequestQueue(bus)
        self._counts = counts
        # A worker sheds what is more than it can do; the producer only what waits while no worker runs.
        max_backlog = max(max_backlog_clips, BACKLOG_WITHOUT_WORKERS)
        self._outbox = RequestOutbox(self._queue, max_backlog=max_backlog, journal=journal)
        self._gaps: deque[Gap] = deque(maxlen=MAX_PENDING_GAPS)
        self._revision = self._registry.revision()
        self._is_away = False
        self.is_source_current = True
        """False once the source was removed from the registry, or changed there."""

    def start_epoch(self) -> int:
        """Return the number of a new epoch; raises BrokerUnavailable."""
        return self._queue.start_epoch(self._source.source_id)

    def send(self, request: InferenceRequest) -> None:
        """Send a clip with the next `talk`."""
        self._outbox.put(request)

    def record_gap(self, gap: Gap) -> None:
        """Record a gap with the next report."""
        self._gaps.append(gap)

    def talk(self, status: SourceStatus | None) -> bool:
        """Send the clips that wait and, with a status, report everything else; return whether the bus answered."""
        try:
            num_sent = self._outbox.send()
            if status is None and not num_sent:
                return not self._is_away
            if status is not None:
                self._board.report_source(status)
                self._report_counts()
                self._follow_registry()
        except BrokerUnavailable as error:
            self._note_outage(error)
            return False
        self._note_outage(None)
        return True

    def end(self) -> bool:
        """Say what is left; return whether the source was removed, and its traces with it."""
        with contextlib.suppress(BrokerUnavailable):
            self._outbox.send()
            self._report_counts()
            if self._registry.get(self._source.source_id) is None:
                self._account.forget(self._source.source_id)
                return True
        return False

    def last_seen(self) -> LastSeen | None:
        """Return where an earlier process of this source ended, by its last report."""
        status = self._board.sources().get(self._source.source_id)
        if status is None or status.state == "ended":
            return None
        return LastSeen(status.last_frame_at or status.changed_at, "the ingester was started anew")

    def _report_counts(self) -> None:
        self._report_gaps()
        self._report_clips()
        self._report_frames()

    def _report_gaps(self) -> None:
        while self._gaps:
            self._account.record_gap(self._gaps[0])
            self._gaps.popleft()

    def _report_clips(self) -> None:
        """Count the clips that the outbox could not hold while the bus was away."""
        dropped = self._outbox.take_dropped()
        try:
            for model in list(dropped):
                self._account.add_unsent_clips(self._source.source_id, model, number=dropped[model], reason="bus_down")
                del dropped[model]
        finally:
            self._outbox.put_back_dropped(dropped)

    def _report_frames(self) -> None:
        tally = self._counts.take()
        if not tally.decoded:
            return
        try:
            self._account.add_frames(
                self._source.source_id, decoded=tally.decoded, published=tally.published, dropped=tally.dropped
            )
        except BrokerUnavailable:
            self._counts.put_back(tally)
            raise

    def _follow_registry(self) -> None:
        revision = self._registry.revision()
        if revision != self._revision:
            self.is_source_current = self._registry.get(self._source.source_id) == self._source
            self._revision = revision

    def _note_outage(self, error: BrokerUnavailable | None) -> None:
        """Log once that the server went away, and once that it is back."""
        if error is not None and not self._is_away:
            logger.warning("the server is away; clips wait: source_id=%s: %s", self._source.source_id, error)
        elif error is None and self._is_away:
            logger.info("the server is back: source_id=%s", self._source.source_id)
        self._is_away = error is not None
