"""Counts what became of every decoded frame, between one report to the account and the next."""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class FrameTally:
    """What became of some frames; decoded = published + all that were dropped."""

    published: int = 0
    dropped: Mapping[str, int] = field(default_factory=dict)

    @property
    def decoded(self) -> int:
        return self.published + sum(self.dropped.values())


class FrameCounts:
    """Counts frames whose fate is settled; one thread counts, another takes the counts away.

    A frame that is still undecided is not counted yet, so every tally closes.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._published = 0
        self._dropped: Counter[str] = Counter()

    def publish(self, num_frames: int) -> None:
        with self._lock:
            self._published += num_frames

    def drop(self, dropped: Mapping[str, int]) -> None:
        with self._lock:
            self._dropped.update(dropped)

    def take(self) -> FrameTally:
        """Return what was counted since the last call, and begin anew."""
        with self._lock:
            tally = FrameTally(self._published, dict(+self._dropped))
            self._published = 0
            self._dropped.clear()
        return tally

    def put_back(self, tally: FrameTally) -> None:
        """Count again what could not be reported."""
        self.publish(tally.published)
        self.drop(tally.dropped)
