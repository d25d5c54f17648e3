"""Keeps a worker's place among the workers: which streams it should serve, and its leases on them."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from stream.errors import BrokerUnavailable
from stream.keys import RequestStream
from stream.queue.leases import Leases, Membership, rightful_holder
from stream.queue.request_queue import RequestQueue
from stream.work.outage import Outage

logger = logging.getLogger(__name__)

LONGEST_BEAT_SECONDS = 1.0
IMPATIENT_BEAT_SECONDS = 0.2
"""Pause while a stream that should be ours is still another's."""
STUCK_AFTER_SECONDS = 120.0
"""A worker that makes no step for so long gives up its leases; it hangs on its device, say."""


@dataclass(frozen=True)
class LeaseView:
    """The leases that a worker has at one moment."""

    held: frozenset[RequestStream]
    leaving: frozenset[RequestStream]
    """Those of `held` that another worker should have: to be released once nothing of them is in hand."""
    taken: frozenset[RequestStream]
    """Those of `held` taken since the last view: unfinished clips of others may be ours now."""


class LeaseKeeper:
    """Renews the leases in a thread of its own, so that a long step on the device does not cost them.

    A worker takes no stream in its first beat, nor in the first one after the server was away: the others must have
    a chance to say that they live, or each in turn would take everything.
    """

    def __init__(
        self,
        queue: RequestQueue,
        leases: Leases,
        membership: Membership,
        *,
        worker_id: str,
        models: frozenset[str],
        lease_seconds: float,
        on_beat: Callable[[frozenset[RequestStream]], None],
    ) -> None:
        """Prepare; nothing happens before `start`.

        Args:
            queue: where the streams are.
            leases: the leases of this worker as a consumer.
            membership: its membership among the live workers.
            worker_id: its name among them.
            models: what it serves; other streams are left alone.
            lease_seconds: life of a lease that is not renewed.
            on_beat: called at every beat, about once a second, with the streams that are held.
        """
        self._queue = queue
        self._leases = leases
        self._membership = membership
        self._worker_id = worker_id
        self._models = models
        self._beat_seconds = min(LONGEST_BEAT_SECONDS, lease_seconds / 4)
        self._on_beat = on_beat
        self._lock = threading.Lock()
        self._held: set[RequestStream] = set()
        self._leaving: set[RequestStream] = set()
        self._taken: set[RequestStream] = set()
        self._may_take = False
        self._is_stuck = False
        self._step_at = time.monotonic()
        self._outage = Outage(f"worker {worker_id}: leases")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="leases", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def view(self) -> LeaseView:
        """Return the leases as they are now; streams in `taken` are told of once."""
        if not self._thread.is_alive():
            raise RuntimeError(f"worker {self._worker_id}: the thread that renews its leases has ended; start it anew")
        self.note_step()
        with self._lock:
            taken, self._taken = frozenset(self._taken & self._held), set()
            return LeaseView(frozenset(self._held), frozenset(self._leaving), taken)

    def note_step(self) -> None:
        """Say that the worker is not stuck."""
        self._step_at = time.monotonic()

    def release(self, stream: RequestStream) -> None:
        """Give back a lease that another should have; nothing of it may be in hand.

        Raises:
            BrokerUnavailable: the server did not answer; call again.
        """
        with self._lock:
            self._leases.release([stream])
            self._held.discard(stream)
            self._leaving.discard(stream)

    def stop(self) -> None:
        """Give back all leases and leave the live workers; when the server is away they run out by themselves."""
        self._stop.set()
        self._thread.join()
        try:
            self._leases.release(self._held)
            self._membership.leave()
        except BrokerUnavailable as error:
            logger.warning("worker %s: left without a word: %s", self._worker_id, error)

    def _run(self) -> None:
        pause_seconds = 0.0
        while not self._stop.wait(pause_seconds):
            try:
                pause_seconds = self._beat()
                self._outage.succeeded()
            except BrokerUnavailable as error:
                self._may_take = False
                pause_seconds = self._outage.failed(error)

    def _beat(self) -> float:
        """Do what is due and return the pause until the next beat."""
        if self._has_lost_its_worker():
            return self._beat_seconds
        workers = self._membership.attend()
        streams = [stream for stream in self._queue.streams() if stream.model in self._models]
        rightful = {stream for stream in streams if rightful_holder(stream, workers) == self._worker_id}
        is_impatient = not self._may_take
        with self._lock:
            wanted = self._held | (rightful if self._may_take else set())
            outcomes = self._leases.hold(sorted(wanted))
            self._taken |= {stream for stream, outcome in outcomes.items() if outcome == "taken"}
            self._held = {stream for stream, outcome in outcomes.items() if outcome != "refused"}
            self._leaving = self._held - rightful
            held = frozenset(self._held)
            is_impatient |= not rightful <= held
        self._may_take = True
        self._on_beat(held)
        return min(self._beat_seconds, IMPATIENT_BEAT_SECONDS) if is_impatient else self._beat_seconds

    def _has_lost_its_worker(self) -> bool:
        was_stuck, self._is_stuck = self._is_stuck, time.monotonic() - self._step_at > STUCK_AFTER_SECONDS
        if self._is_stuck and not was_stuck:
            logger.error(
                "worker %s: no step for %.0f s; its streams go to others", self._worker_id, STUCK_AFTER_SECONDS
            )
        return self._is_stuck
