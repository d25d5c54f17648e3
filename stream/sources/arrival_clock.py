"""When a camera captured a frame, told from its timestamps and from when its packets arrived."""

import time
from collections.abc import Callable

_WINDOW_SECONDS = 30.0
"""The earliest arrival counts for one to two windows, so that a camera's drifting clock is followed."""


class ArrivalClock:
    """Maps a camera's media time to wall time.

    Arrivals jitter, but only ever late: the least difference between arrival and media time is the truest. It is
    taken over a sliding window on the monotonic clock, so that a step of the wall clock moves only the wall time.
    """

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, wall_clock: Callable[[], float] = time.time
    ) -> None:
        self._clock = clock
        self._wall_clock = wall_clock
        self._window_began_at: float | None = None
        self._least_now = 0.0
        self._least_before = 0.0
        self._last = float("-inf")

    def note_arrival(self, pts_seconds: float) -> None:
        """Note that a packet of this media time has just arrived."""
        now = self._clock()
        offset = now - pts_seconds
        if self._window_began_at is None:
            self._window_began_at, self._least_now, self._least_before = now, offset, offset
        elif now - self._window_began_at > _WINDOW_SECONDS:
            self._window_began_at, self._least_before, self._least_now = now, self._least_now, offset
        else:
            self._least_now = min(self._least_now, offset)

    def captured_at(self, pts_seconds: float | None) -> float:
        """Return the wall time at which the frame was captured; it never falls, and never lies in the future."""
        now = self._clock()
        captured = now
        if pts_seconds is not None and self._window_began_at is not None:
            captured = min(pts_seconds + min(self._least_now, self._least_before), now)
        self._last = max(captured, min(self._last, now))
        return self._wall_clock() - (now - self._last)
