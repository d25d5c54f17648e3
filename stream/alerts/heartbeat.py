"""The watcher's word about itself, and the claim that keeps a second one waiting."""

import os
import socket
import time
from dataclasses import dataclass

from stream.alerts import keys
from stream.bus import Bus
from stream.messages import Message

LIFE_SECONDS = 5.0  # a watcher that is silent for longer is gone
BEAT_SECONDS = 1.0


@dataclass(frozen=True)
class WatcherStatus(Message):
    """How the watcher is, as it last said."""

    watcher_id: str
    ledger_id: str
    started_at: float
    reported_at: float
    position: str
    """Last result of which everything that follows is recorded."""
    num_owed: int = 0
    """Messages that are not delivered yet."""
    problem: str = ""
    """What keeps it from its work; empty when all is well."""


class Heartbeat:
    """Says about every second that this watcher works, unless another one does with another ledger."""

    def __init__(self, bus: Bus, ledger_id: str) -> None:
        self._bus, self._ledger_id = bus, ledger_id
        self._watcher_id = f"{socket.gethostname()}-{os.getpid()}"
        self._started_at = time.time()
        self._said_at = 0.0
        self._problem = ""

    def beat(self, *, position: str, num_owed: int, problem: str = "") -> bool:
        """Report when it is time or the problem is new; return whether this watcher may work.

        Raises:
            BrokerUnavailable: the server does not answer.
        """
        if time.monotonic() - self._said_at < BEAT_SECONDS and problem == self._problem:
            return True
        holder = self._bus.client.get(keys.ALIVE)
        if holder is not None and holder.decode() != self._ledger_id:
            return False
        status = WatcherStatus(
            watcher_id=self._watcher_id,
            ledger_id=self._ledger_id,
            started_at=self._started_at,
            reported_at=time.time(),
            position=position,
            num_owed=num_owed,
            problem=problem,
        )
        with self._bus.client.pipeline() as pipeline:
            pipeline.set(keys.ALIVE, self._ledger_id, px=int(LIFE_SECONDS * 1000))
            pipeline.set(keys.HEARTBEAT, status.encode())
            pipeline.execute()
        self._said_at, self._problem = time.monotonic(), problem
        return True

    def end(self) -> None:
        """Say that this watcher stops, so that another may begin at once."""
        self._bus.client.delete(keys.ALIVE)
