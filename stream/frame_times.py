"""Gives every frame of an epoch a rising media time, whatever the source says."""

from collections import Counter, deque
from dataclasses import dataclass
from statistics import median

from stream.sources.frame import DecodedFrame

MAX_HELD_FRAMES = 4
"""Frames without a pts that wait for the next known one; decoded frames are large, so few."""
NUM_INTERVALS = 32
"""Recent intervals whose median is the source's own pace."""


@dataclass(frozen=True, eq=False)
class TimedFrame:
    """A decoded frame with an identity and a trusted media time."""

    frame: DecodedFrame
    frame_id: int
    pts_seconds: float


class FrameTimes:
    """Passes frames on with rising times: a missing pts is interpolated, a frame that cannot be placed is dropped.

    A frame without a pts waits for the next known one and is placed evenly between its neighbours. At the end of
    the epoch, where no neighbour follows, the source's median interval is used.
    """

    def __init__(self) -> None:
        self.dropped: Counter[str] = Counter()
        """Frames that could not be placed, by reason; the caller takes them away."""
        self._last_pts: float | None = None
        self._intervals: deque[float] = deque(maxlen=NUM_INTERVALS)
        self._held: deque[tuple[DecodedFrame, int]] = deque()
        self._num_missing = 0

    @property
    def last_pts_seconds(self) -> float | None:
        """The last pts that the source itself gave in this epoch."""
        return self._last_pts

    @property
    def interval_seconds(self) -> float:
        """Median time between two frames; 0 before two frames were seen."""
        return median(self._intervals) if self._intervals else 0.0

    def push(self, frame: DecodedFrame, frame_id: int) -> list[TimedFrame]:
        """Take the next frame and return those that now have a time, in order."""
        pts = frame.pts_seconds
        if pts is None:
            self._hold(frame, frame_id)
            return []
        if self._last_pts is not None and pts <= self._last_pts:
            self.dropped["pts_not_rising"] += 1
            return []
        interval = 0.0 if self._last_pts is None else (pts - self._last_pts) / (self._num_missing + 1)
        placed = self._drop_held() if self._last_pts is None else self._place(self._last_pts, interval)
        if interval:
            self._intervals.append(interval)
        self._last_pts = pts
        return [*placed, TimedFrame(frame, frame_id, pts)]

    def finish(self) -> list[TimedFrame]:
        """Return the frames still held, placed at the source's own pace after the last known time."""
        if self._last_pts is None or not self._intervals:
            return self._drop_held()
        return self._place(self._last_pts, self.interval_seconds)

    def _hold(self, frame: DecodedFrame, frame_id: int) -> None:
        self._num_missing += 1
        self._held.append((frame, frame_id))
        if len(self._held) > MAX_HELD_FRAMES:
            self._held.popleft()
            self.dropped["no_pts"] += 1

    def _place(self, start: float, interval: float) -> list[TimedFrame]:
        """Time the held frames; those that were dropped for want of room still count as steps of time."""
        first_step = self._num_missing - len(self._held) + 1
        placed = [
            TimedFrame(frame, frame_id, start + step * interval)
            for step, (frame, frame_id) in enumerate(self._held, first_step)
        ]
        self._forget_held()
        return placed

    def _drop_held(self) -> list[TimedFrame]:
        self.dropped["no_pts"] += len(self._held)
        self._forget_held()
        return []

    def _forget_held(self) -> None:
        self._held.clear()
        self._num_missing = 0
