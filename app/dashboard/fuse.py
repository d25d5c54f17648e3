"""What keeps one server that hangs from making every reader wait its turn."""

import time
from collections.abc import Callable
from typing import TypeVar

from stream.errors import BrokerUnavailable

Value = TypeVar("Value")

REST_SECONDS = 1.0


class Fuse:
    """After one read through it failed, every other fails at once for a moment, with the same reason."""

    def __init__(
        self,
        *,
        rest_seconds: float = REST_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._rest_seconds = rest_seconds
        self._clock, self._wall_clock = clock, wall_clock
        self.answered_at = wall_clock()
        """Wall time at which a read through it last worked; at which it was made while none has."""
        self._blown: tuple[float, str] | None = None

    def through(self, read: Callable[[], Value]) -> Callable[[], Value]:
        """Return the read, made through this fuse."""

        def guarded() -> Value:
            blown = self._blown
            if blown is not None and self._clock() - blown[0] < self._rest_seconds:
                raise BrokerUnavailable(blown[1])
            try:
                value = read()
            except BrokerUnavailable as error:
                self._blown = (self._clock(), str(error))
                raise
            self._blown = None
            self.answered_at = self._wall_clock()
            return value

        return guarded
