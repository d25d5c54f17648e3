"""Saying a problem without flooding the log."""

import logging
import threading
import time

REPEAT_SECONDS = 30.0  # how often a problem that lasts is said again


class Complaint:
    """Says a problem once, again while it lasts, and once when it is over; safe to share between threads."""

    def __init__(self, logger: logging.Logger, consequence: str) -> None:
        """Prepare to complain.

        Args:
            logger: where it is said.
            consequence: what the problem keeps from happening.
        """
        self._logger, self._consequence = logger, consequence
        self._problem, self._said_at = "", 0.0
        self._lock = threading.Lock()

    def say(self, problem: str) -> None:
        """Log the problem unless that was done lately."""
        with self._lock:
            if problem != self._problem or time.monotonic() - self._said_at > REPEAT_SECONDS:
                self._logger.error("%s: %s", self._consequence, problem)
                self._said_at = time.monotonic()
            self._problem = problem

    def end(self) -> None:
        """Log that all is well again, if it was not."""
        with self._lock:
            if self._problem:
                self._logger.info("it is over: %s: %s", self._consequence, self._problem)
            self._problem = ""
