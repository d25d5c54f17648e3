"""Pauses between tries that double up to a bound, with jitter so that many do not try at once."""

import random


class BackOff:
    """Doubles from the shortest to the longest pause; each pause is drawn from its upper half."""

    def __init__(self, minimum_seconds: float, maximum_seconds: float, *, random: random.Random) -> None:
        self._minimum = minimum_seconds
        self._maximum = maximum_seconds
        self._random = random
        self._next = minimum_seconds

    def next_seconds(self) -> float:
        """Return how long to wait before the next try."""
        pause = self._next
        self._next = min(2 * pause, self._maximum)
        return pause * self._random.uniform(0.5, 1.0)

    def reset(self) -> None:
        """Begin with the shortest pause again, after a success."""
        self._next = self._minimum
