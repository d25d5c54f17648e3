"""Living through a server that is away: growing pauses, and a few log lines instead of thousands."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from stream.errors import BrokerUnavailable

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 1.0
REMINDER_SECONDS = 30.0

Answer = TypeVar("Answer")


class Outage:
    """Tells one thread how long to pause after a failure; logs the beginning, a reminder now and then, and the end."""

    def __init__(self, what: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._what = what
        self._clock = clock
        self._began_at: float | None = None
        self._logged_at = 0.0
        self._pause_seconds = FIRST_PAUSE_SECONDS

    def failed(self, error: BrokerUnavailable) -> float:
        """Take note of a failure and return how long to pause before the next try, in seconds."""
        now = self._clock()
        if self._began_at is None:
            self._began_at, self._pause_seconds = now, FIRST_PAUSE_SECONDS
        if self._began_at == now or now - self._logged_at >= REMINDER_SECONDS:
            self._logged_at = now
            logger.warning("%s: waiting for the server since %.0f s: %s", self._what, now - self._began_at, error)
        pause_seconds = self._pause_seconds
        self._pause_seconds = min(2 * pause_seconds, LONGEST_PAUSE_SECONDS)
        return pause_seconds

    def succeeded(self) -> None:
        """Take note that the server answered."""
        if self._began_at is not None:
            logger.info("%s: the server is back after %.1f s", self._what, self._clock() - self._began_at)
            self._began_at = None

    def sit_out(self, call: Callable[[], Answer], *, may_go_on: Callable[[], bool]) -> Answer:
        """Return what the call returns once the server answers; the call must be harmless to repeat.

        Raises:
            BrokerUnavailable: the server is away and `may_go_on` says that there is no more time.
        """
        while True:
            try:
                answer = call()
            except BrokerUnavailable as error:
                if not may_go_on():
                    raise
                time.sleep(self.failed(error))
            else:
                self.succeeded()
                return answer
