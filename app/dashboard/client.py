"""The one place that the pages and routes read from: everything they show, each value with its age."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from app.dashboard.fuse import Fuse
from app.dashboard.result_follower import LatestResults, ResultFollower
from app.dashboard.snapshot import Cached
from app.dashboard.wall.tickets import TicketOffice
from stream.alert_desk import AlertDesk
from stream.alerts.heartbeat import WatcherStatus
from stream.bus import Bus
from stream.jobs.job import JobStatus
from stream.jobs.job_queue import JobQueue
from stream.messages import Alert, Event, SourceStatus, WorkerStatus
from stream.queue.account import Account, ClipAccount, FrameAccount, Gap
from stream.queue.request_queue import QueueAge, RequestQueue
from stream.queue.result_feed import ResultFeed
from stream.queue.status_board import StatusBoard

Value = TypeVar("Value")

NUM_RECENT_EVENTS = 1000
NUM_RECENT_GAPS = 50


class DashboardClient:
    """Values of the running system, read at most once in about a second for all viewers together."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.tickets = TicketOffice()
        self.desk = AlertDesk(bus)
        self._account = Account(bus)
        self._fuse = Fuse()
        queue, board, results = RequestQueue(bus), StatusBoard(bus), ResultFollower(ResultFeed(bus))
        self.sources: Cached[Mapping[str, SourceStatus]] = self._cached(board.sources, {}, ttl_seconds=0.4)
        self.results: Cached[LatestResults] = self._cached(results.read, LatestResults(), ttl_seconds=0.4)
        self.alerts: Cached[Sequence[Alert]] = self._cached(self.desk.current, (), ttl_seconds=0.4)
        self.events: Cached[Sequence[Event]] = self._cached(self._read_events, (), ttl_seconds=1.8)
        self.open_gaps: Cached[Sequence[Gap]] = self._cached(self._account.open_gaps, ())
        self.gaps: Cached[Sequence[Gap]] = self._cached(self._read_gaps, (), ttl_seconds=1.8)
        self.workers: Cached[Mapping[str, WorkerStatus]] = self._cached(board.workers, {})
        self.watcher: Cached[WatcherStatus | None] = self._cached(self.desk.watcher, None)
        self.clip_accounts: Cached[Sequence[ClipAccount]] = self._cached(self._account.clips, ())
        self.frame_accounts: Cached[Sequence[FrameAccount]] = self._cached(self._account.frames, ())
        self.jobs: Cached[Sequence[JobStatus]] = self._cached(JobQueue(bus).statuses, ())
        self.queue_ages: Cached[Sequence[QueueAge]] = self._cached(queue.ages, ())

    def keep_known(self) -> None:
        """Read what a page that is opened in an outage must still be able to show, as it was last."""
        for cached in (self.sources, self.alerts, self.events, self.gaps):
            cached.get()

    def acknowledge(self, alert_id: str, who: str, note: str = "") -> Alert:
        """Acknowledge an alert in somebody's name.

        Raises:
            StreamError: the watcher did not take it; the alert is not acknowledged.
            ValueError: there is no such open alert.
        """
        alert = self.desk.acknowledge(alert_id, who, note)
        self.alerts.forget()
        return alert

    def _read_events(self) -> list[Event]:
        return self.desk.recent_events(NUM_RECENT_EVENTS)

    def _read_gaps(self) -> list[Gap]:
        """Return the gaps that go on, then the latest of every source."""
        over = [self._account.gaps(source_id, limit=NUM_RECENT_GAPS) for source_id in self.sources.get().value]
        return [*self._account.open_gaps(), *(gap for gaps in over for gap in gaps)]

    def _cached(self, read: Callable[[], Value], empty: Value, *, ttl_seconds: float = 0.9) -> Cached[Value]:
        return Cached(
            self._fuse.through(read), empty=empty, ttl_seconds=ttl_seconds, answered_at=lambda: self._fuse.answered_at
        )


_installed: list[DashboardClient] = []


def install(client: DashboardClient) -> None:
    """Make this client the one that pages of this process read from."""
    _installed[:] = [client]


def current() -> DashboardClient:
    """Return the client of this process."""
    return _installed[0]
