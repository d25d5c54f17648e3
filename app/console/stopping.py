"""Stopping on Ctrl-C or SIGTERM without losing the thread."""

import signal
import time


class StopFlag:
    """Turns true at the first SIGINT or SIGTERM after `listen`; the main thread waits on it."""

    def __init__(self) -> None:
        self._is_set = False

    def listen(self) -> "StopFlag":
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.set)
        return self

    def set(self, *_signal: object) -> None:
        self._is_set = True

    def is_set(self) -> bool:
        return self._is_set

    def wait(self, seconds: float) -> bool:
        """Wait at most so long; return whether to stop."""
        deadline = time.monotonic() + seconds
        while not self._is_set and (left := deadline - time.monotonic()) > 0:
            time.sleep(min(left, 0.05))
        return self._is_set
