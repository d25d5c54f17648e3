"""Sends what the outbox holds: at least once, in order, each receiver in a thread of its own."""

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from stream.alerts.complaint import Complaint
from stream.alerts.ledger import Ledger
from stream.alerts.outbox import Delivery, Outbox
from stream.alerts.receivers.receiver import Receiver
from stream.alerts.subscription_store import SubscriptionStore
from stream.errors import LedgerUnavailable, ReceiverFailed

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.25  # how often retries that have come due are looked for
LEDGER_RETRY_SECONDS = 0.5
JITTER = 0.2  # share by which a pause is longer or shorter, so that receivers are not stormed together


class Dispatcher:
    """A lane (thread) for every subscription that has something due; a slow receiver delays only itself.

    A lane lives as long as something is due, so idle subscriptions cost nothing; their number is
    bounded by that of the subscriptions.
    """

    def __init__(self, ledger: Ledger, receivers: Mapping[str, Receiver], *, retry_seconds: Sequence[float]) -> None:
        self._outbox, self._store = Outbox(ledger), SubscriptionStore(ledger)
        self._receivers, self._retry_seconds = receivers, tuple(retry_seconds)
        self._lanes: dict[str, threading.Thread] = {}
        self._lock = threading.Lock()
        self._complaint = Complaint(logger, "deliveries wait for the ledger")
        self._news, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="dispatcher", daemon=True)

    def start(self) -> None:
        """Begin to send, with what an earlier process left behind."""
        self._thread.start()

    def poke(self) -> None:
        """Say that something new may be due."""
        self._news.set()

    def stop(self, timeout_seconds: float = 2.0) -> None:
        """Stop after the tries that are under way; what is cut off by the end of the process is sent again."""
        self._stop.set()
        self._news.set()
        deadline = time.monotonic() + timeout_seconds
        for thread in (self._thread, *self._lanes.values()):
            thread.join(max(0.0, deadline - time.monotonic()))

    def _run(self) -> None:
        while not self._stop.is_set():
            self._news.wait(POLL_SECONDS)
            self._news.clear()
            try:
                due = self._outbox.due_subscriptions(time.time())
            except LedgerUnavailable as error:
                self._complaint.say(str(error))
                self._stop.wait(LEDGER_RETRY_SECONDS)
                continue
            for subscription_id in due:
                self._open_lane(subscription_id)

    def _open_lane(self, subscription_id: str) -> None:
        with self._lock:
            if subscription_id not in self._lanes and not self._stop.is_set():
                lane = threading.Thread(target=self._drain, args=(subscription_id,), daemon=True)
                self._lanes[subscription_id] = lane
                lane.start()

    def _drain(self, subscription_id: str) -> None:
        try:
            while not self._stop.is_set():
                delivery = self._outbox.next_due(subscription_id, time.time())
                if delivery is None:
                    return
                self._try(delivery)
        except LedgerUnavailable as error:
            self._complaint.say(str(error))
            self._stop.wait(LEDGER_RETRY_SECONDS)
        finally:
            with self._lock:
                del self._lanes[subscription_id]

    def _try(self, delivery: Delivery) -> None:
        began_at = time.time()
        try:
            outcome = self._receivers[delivery.subscription.kind].deliver(delivery.subscription, delivery.notice)
            self._settle(delivery, "delivered", outcome, began_at, pause=0.0)
        except ReceiverFailed as failure:
            self._fail(delivery, failure, began_at)
        except Exception as error:  # a receiver's own fault must not stop the deliveries to it, nor pass unseen
            logger.exception("a receiver broke: kind=%s", delivery.subscription.kind)
            self._fail(delivery, ReceiverFailed(f"{type(error).__name__} in the receiver"), began_at)

    def _fail(self, delivery: Delivery, failure: ReceiverFailed, began_at: float) -> None:
        is_last = delivery.notice.is_test or delivery.attempts >= len(self._retry_seconds)
        gives_up = failure.is_final or is_last
        pause = 0.0 if gives_up else self._pause(delivery.attempts, failure.retry_after_seconds)
        logger.warning(
            "delivery failed: subscription=%s address=%s attempt=%d outcome=%s next=%s",
            *(delivery.subscription.subscription_id, delivery.subscription.address, delivery.attempts + 1),
            *(failure, "none" if gives_up else f"in {pause:.1f} s"),
        )
        self._settle(delivery, "dead" if gives_up else "waiting", str(failure), began_at, pause=pause)
        if failure.is_final:
            self._insist(lambda: self._store.disable(delivery.subscription.subscription_id, str(failure), time.time()))

    def _pause(self, attempts: int, asked_for_seconds: float) -> float:
        pause = max(self._retry_seconds[attempts], asked_for_seconds)
        return pause * random.uniform(1 - JITTER, 1 + JITTER)

    def _settle(self, delivery: Delivery, status: str, outcome: str, began_at: float, *, pause: float) -> None:
        now = time.time()
        self._insist(
            lambda: self._outbox.settle(
                delivery.delivery_id,
                status=status,
                outcome=outcome[:500],
                next_attempt_at=now + pause,
                began_at=began_at,
                now=now,
            )
        )

    def _insist(self, write: Callable[[], None]) -> None:
        """Record what happened before anything else is sent here: a forgotten success would be sent again."""
        while True:
            try:
                write()
                break
            except LedgerUnavailable as error:
                self._complaint.say(str(error))
                if self._stop.wait(LEDGER_RETRY_SECONDS):
                    return
        self._complaint.end()
