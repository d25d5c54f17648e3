"""The watcher: results become events and alerts, recorded before anybody hears of them."""

import logging
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

from models.predictor import EventSpec
from stream.alerts.answers import Answers
from stream.alerts.complaint import Complaint
from stream.alerts.dispatcher import Dispatcher
from stream.alerts.feed import forget_old
from stream.alerts.feed_mirror import FeedMirror
from stream.alerts.heartbeat import Heartbeat
from stream.alerts.ledger import Ledger
from stream.alerts.observer import Observer
from stream.alerts.outbox import Outbox
from stream.alerts.receivers.email import MailServer
from stream.alerts.receivers.kinds import make_receivers
from stream.alerts.record import Record, write
from stream.alerts.rule import Rule
from stream.bus import Bus
from stream.errors import BrokerUnavailable, LedgerUnavailable
from stream.messages import Alert, InferenceResult, SourceStatus
from stream.queue.account import Account, Gap
from stream.queue.result_feed import ResultFeed
from stream.queue.status_board import StatusBoard
from stream.settings import WatchSettings

logger = logging.getLogger(__name__)

READ_BLOCK_SECONDS = 0.1  # also how long a request may wait to be seen
JUDGE_SECONDS = 0.25
TIDY_SECONDS = 60.0
RETRY_SECONDS = 0.5
MAX_PENDING_GAPS = 1000  # that wait for the server; the oldest go first


def run_watcher(
    bus: Bus,
    *,
    ledger_path: Path,
    rules: Sequence[Rule],
    settings: WatchSettings,
    event_specs: Mapping[str, EventSpec],
    stop: threading.Event,
) -> None:
    """Watch until `stop` is set.

    Everything that a step finds out is one transaction of the ledger: the position in the results,
    the state of detectors and rules, events, alerts and the messages owed for them. So a process
    killed at any moment goes on where it was: nothing is missed, nothing is raised twice.

    Args:
        bus: the server; the watcher goes on without it and comes back to it.
        ledger_path: the SQLite file; one watcher has it at a time, others wait for it.
        rules: what raises alerts.
        settings: how deliveries are made.
        event_specs: how the scores of each model become events.
        stop: ends the watcher.
    """
    complaint = Complaint(logger, "the watcher cannot go on")
    while not stop.is_set():
        try:
            ledger = Ledger(ledger_path)
            break
        except LedgerUnavailable as error:
            complaint.say(str(error))
            stop.wait(RETRY_SECONDS)
    else:
        return
    with ledger:
        watcher = Watcher(bus, ledger, rules=rules, settings=settings, event_specs=event_specs)
        watcher.run(stop)


class Watcher:
    """One watcher at work on an open ledger."""

    def __init__(
        self,
        bus: Bus,
        ledger: Ledger,
        *,
        rules: Sequence[Rule],
        settings: WatchSettings,
        event_specs: Mapping[str, EventSpec],
    ) -> None:
        self._bus, self._ledger = bus, ledger
        self._results, self._board = ResultFeed(bus), StatusBoard(bus)
        self._observer = Observer(rules, event_specs)
        self._dispatcher = _dispatcher(bus, ledger, settings)
        self._answers = Answers(bus, ledger, acknowledge=self._acknowledge, takes_email=settings.smtp.host is not None)
        self._mirror, self._heartbeat = FeedMirror(bus, ledger), Heartbeat(bus, ledger.ledger_id)
        self._outbox, self._account = Outbox(ledger), Account(bus)
        self._gaps: deque[Gap] = deque(maxlen=MAX_PENDING_GAPS)
        self._open_gaps: tuple[Gap, ...] | None = None
        self._statuses: dict[str, SourceStatus] = {}
        self._complaint = Complaint(logger, "the watcher cannot go on")
        self._judged_at = self._tidied_at = float("-inf")
        self._stop = threading.Event()

    def run(self, stop: threading.Event) -> None:
        """Watch until `stop` is set."""
        self._stop = stop
        self._commit(self._observer.restore(self._ledger.remembered(), time.time()))
        self._dispatcher.start()
        logger.info("watching: ledger=%s position=%s", self._ledger.path, self._observer.position)
        try:
            while not stop.is_set():
                self._step()
        finally:
            self._dispatcher.stop()
            self._say_goodbye()

    def _step(self) -> None:
        try:
            if not self._beat():
                self._complaint.say("another watcher works on this server with another ledger; waiting for it to end")
                self._stop.wait(1.0)
                return
            entries = self._results.read(self._observer.position, block_seconds=READ_BLOCK_SECONDS)
            self._take(entries)
            self._answers.give()
            self._judge_sources()
            self._report_gaps()
            self._mirror.sync()
            self._tidy()
            self._complaint.end()
        except BrokerUnavailable as error:
            # Sources can still be judged: without the server none of them is watched.
            self._complaint.say(str(error))
            self._judge_sources(is_server_away=True)
            self._stop.wait(RETRY_SECONDS)
        except LedgerUnavailable as error:
            self._complaint.say(str(error))
            self._stop.wait(RETRY_SECONDS)

    def _take(self, entries: Sequence[tuple[str, InferenceResult]]) -> None:
        if entries:
            self._commit(self._observer.see_results(entries, time.time(), time.monotonic()))

    def _judge_sources(self, *, is_server_away: bool = False) -> None:
        if time.monotonic() - self._judged_at < JUDGE_SECONDS:
            return
        if not is_server_away:
            self._statuses = self._board.sources()
        self._judged_at = time.monotonic()
        self._commit(
            self._observer.see_sources(self._statuses, time.time(), self._judged_at, is_server_away=is_server_away)
        )

    def _report_gaps(self) -> None:
        """Tell the server of gaps that are over, and of those that go on when that is not what it was told."""
        while self._gaps:
            self._account.record_gap(self._gaps[0])
            self._gaps.popleft()
        if self._open_gaps != self._observer.open_gaps:
            self._account.set_open_gaps(self._observer.open_gaps)
            self._open_gaps = self._observer.open_gaps

    def _commit(self, record: Record) -> None:
        """Record, whatever it takes: nothing else happens before, and nobody hears of it before."""
        self._gaps.extend(record.gaps)
        while not record.is_empty and not self._stop.is_set():
            try:
                self._write(record)
                return
            except LedgerUnavailable as error:
                self._complaint.say(str(error))
                self._refuse_while_waiting(error)
                self._stop.wait(RETRY_SECONDS)

    def _write(self, record: Record) -> None:
        write(self._ledger, record, time.time())
        self._observer.committed(record)
        if record.alerts:
            self._dispatcher.poke()

    def _acknowledge(self, alert_id: str, who: str, note: str) -> Alert:
        alert, record = self._observer.acknowledge(alert_id, who, note, time.time())
        try:
            self._write(record)
        except LedgerUnavailable:
            self._observer.take_back(alert.source_id, time.time())
            raise
        return alert

    def _refuse_while_waiting(self, error: LedgerUnavailable) -> None:
        try:
            self._heartbeat.beat(position=self._observer.position, num_owed=0, problem=str(error))
            self._answers.refuse_all(error)
        except BrokerUnavailable as bus_error:
            self._complaint.say(str(bus_error))

    def _beat(self) -> bool:
        return self._heartbeat.beat(position=self._observer.position, num_owed=self._outbox.num_waiting())

    def _tidy(self) -> None:
        if time.monotonic() - self._tidied_at > TIDY_SECONDS:
            self._tidied_at = time.monotonic()
            self._results.trim(self._observer.position)
            forget_old(self._ledger, time.time())

    def _say_goodbye(self) -> None:
        try:
            self._heartbeat.end()
        except BrokerUnavailable:
            logger.info("stopped without the server")


def _dispatcher(bus: Bus, ledger: Ledger, settings: WatchSettings) -> Dispatcher:
    smtp = settings.smtp
    server = MailServer(
        host=smtp.host,
        port=smtp.port,
        username=smtp.username,
        password=smtp.password.get_secret_value() if smtp.password else "",
        sender=smtp.sender,
        starttls=smtp.starttls,
    )
    receivers = make_receivers(
        bus,
        timeout_seconds=settings.webhook_timeout_seconds,
        allow_private_webhooks=settings.allow_private_webhooks,
        mail_server=server,
    )
    return Dispatcher(ledger, receivers, retry_seconds=settings.retry_seconds)
