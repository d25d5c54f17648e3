"""Values read from elsewhere, remembered for a moment, with the truth about how old they are."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from stream.errors import StreamError

Value = TypeVar("Value")


@dataclass(frozen=True)
class Snapshot(Generic[Value]):
    """The last value that could be read, and whether it could be read just now."""

    value: Value
    read_at: float | None
    """Wall time at which the value was read; None when it never was."""
    stale_since: float | None = None
    """Wall time from which the value could no longer be read; None while it can."""
    reason: str = ""
    """Why it cannot be read, in one line."""

    @property
    def is_known(self) -> bool:
        """Whether the value was ever read; one that was not says nothing, least of all that there is nothing."""
        return self.read_at is not None

    @property
    def is_stale(self) -> bool:
        return self.stale_since is not None


class Cached(Generic[Value]):
    """Reads a value at most once in `ttl_seconds`, however many threads ask.

    One thread reads at a time; the others get what was there before, so that a server that hangs costs
    one thread and not one a viewer. A failed read is not tried again before its time either.
    """

    def __init__(
        self,
        read: Callable[[], Value],
        *,
        empty: Value,
        ttl_seconds: float,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
        answered_at: Callable[[], float] | None = None,
    ) -> None:
        """Prepare; nothing is read before the first `get`.

        Args:
            read: reads the value.
            empty: what is there before it was ever read.
            ttl_seconds: how long a value that was read is good enough.
            clock: monotonic time.
            wall_clock: seconds since 1970.
            answered_at: wall time at which where the value comes from last answered anybody, for a value that was never
                read; without it, the time of the first try.
        """
        self._read = read
        self._ttl_seconds = ttl_seconds
        self._clock = clock
        self._wall_clock = wall_clock
        self._answered_at = answered_at or wall_clock
        self._reading = threading.Lock()
        self._snapshot = Snapshot(empty, read_at=None)
        self._tried_at: float | None = None

    def get(self) -> Snapshot[Value]:
        """Return the value, read again when it is due."""
        is_first = self._tried_at is None
        if self._is_due() and self._reading.acquire(blocking=is_first):
            try:
                if self._is_due():
                    self._snapshot = self._refreshed()
                    self._tried_at = self._clock()
            finally:
                self._reading.release()
        return self._snapshot

    def forget(self) -> None:
        """Read again at the next `get`: something was changed through us."""
        if self._tried_at is not None:
            self._tried_at = -math.inf

    def _is_due(self) -> bool:
        return self._tried_at is None or self._clock() - self._tried_at >= self._ttl_seconds

    def _refreshed(self) -> Snapshot[Value]:
        before = self._snapshot
        try:
            return Snapshot(self._read(), read_at=self._wall_clock())
        except (StreamError, OSError) as error:
            since = before.stale_since or before.read_at or self._answered_at()
            return Snapshot(before.value, before.read_at, stale_since=since, reason=str(error))
