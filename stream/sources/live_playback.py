"""A file or cine played at its own pace, as a camera would deliver it; once, or again and again."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from stream.sources.frame import DecodedFrame
from stream.sources.reader import ClosingReader, FrameReader

_LATE_SECONDS = 1.0
"""A camera does not wait for its viewer: frames later than this are skipped, counted, until time is caught up with."""
_LONGEST_SKIP_SECONDS = 1.0
"""Where decoding alone is too slow to catch up, the clock is set anew after so long: a viewer must not see nothing."""
_FALLBACK_FRAME_SECONDS = 1 / 25


class LivePlayback(ClosingReader):
    """Yields the frames of a recording when they are due.

    Over the loops of a recording `pts_seconds` goes on rising, by a frame's duration from the last frame to the
    first; a frame without pts follows the one before at once. `captured_at` is the moment at which a frame was due,
    whatever the decoder's jitter.
    """

    def __init__(
        self,
        open_recording: Callable[[], FrameReader],
        *,
        loop: bool,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        """Open the recording for its first pass.

        Args:
            open_recording: opens it from its beginning; called once a pass.
            loop: start again at the end, for ever.
            clock: seconds that never jump.
            wait: waits that many seconds.
            wall_clock: UTC epoch seconds.
        """
        super().__init__()
        self._open_recording = open_recording
        self._loop = loop
        self._clock = clock
        self._wait = wait
        self._wall_clock = wall_clock
        self._recording = open_recording()
        self._num_decoded_before = 0
        self._num_damaged_before = 0
        self._started_at = 0.0
        self._asked_at = 0.0
        self.num_skipped = 0
        self.is_slower_than_real_time = False
        self.media = self._recording.media

    @property
    def num_decoded(self) -> int:
        return self._num_decoded_before + self._recording.num_decoded

    @property
    def num_damaged(self) -> int:
        return self._num_damaged_before + self._recording.num_damaged

    def close(self) -> None:
        self._recording.close()

    def __iter__(self) -> Iterator[DecodedFrame]:
        first_pts: float | None = None
        due_seconds = 0.0
        self._asked_at = self._clock()
        for frame in self._continuing_frames():
            if frame.pts_seconds is not None:
                if first_pts is None:
                    first_pts = frame.pts_seconds
                    self._started_at = self._clock()
                due_seconds = max(due_seconds, frame.pts_seconds - first_pts)
            if first_pts is None or self._is_in_time(due_seconds):
                yield replace(frame, captured_at=self._captured_at(due_seconds))
                self._asked_at = self._clock()

    def _continuing_frames(self) -> Iterator[DecodedFrame]:
        """Yield the frames of every pass, each pass moved to follow the one before."""
        timeline = _Timeline(self.media.declared_rate_hz)
        while True:
            for frame in self._recording:
                yield replace(frame, pts_seconds=timeline.place(frame.pts_seconds))
            if not self._loop:
                return
            timeline.start_over()
            self._num_decoded_before += self._recording.num_decoded
            self._num_damaged_before += self._recording.num_damaged
            self._recording.close()
            self._recording = self._open_recording()

    def _is_in_time(self, due_seconds: float) -> bool:
        """Wait until a frame is due; tell whether it is still worth showing."""
        now = self._clock()
        ahead_seconds = self._started_at + due_seconds - now
        if ahead_seconds > 0:
            self._wait(ahead_seconds)
            self.is_slower_than_real_time = False
        if ahead_seconds > -_LATE_SECONDS:
            return True
        if now - self._asked_at >= _LONGEST_SKIP_SECONDS:
            self._started_at -= ahead_seconds
            self.is_slower_than_real_time = True
            return True
        self.num_skipped += 1
        return False

    def _captured_at(self, due_seconds: float) -> float:
        return self._wall_clock() - (self._clock() - self._started_at - due_seconds)


class _Timeline:
    """Places the passes of a recording one after another."""

    def __init__(self, declared_rate_hz: float | None) -> None:
        self._frame_seconds = 1 / declared_rate_hz if declared_rate_hz else _FALLBACK_FRAME_SECONDS
        self._offset_seconds: float | None = 0.0
        self._last_seconds: float | None = None

    def place(self, pts_seconds: float | None) -> float | None:
        if pts_seconds is None:
            return None
        if self._offset_seconds is None:
            self._offset_seconds = (self._last_seconds or 0.0) + self._frame_seconds - pts_seconds
        placed = pts_seconds + self._offset_seconds
        self._last_seconds = placed
        return placed

    def start_over(self) -> None:
        if self._last_seconds is not None:
            self._offset_seconds = None
