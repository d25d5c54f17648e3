"""What state a source is in, as its ingester knows it: the one place where states change."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping

from models.predictor import ClipSpec
from stream.messages import SourceState, SourceStatus
from stream.sources.frame import DecodedFrame
from stream.sources.reader import MediaInfo

logger = logging.getLogger(__name__)

SLOW_DECODING = "decoding is slower than real time; frames are left out"
RATE_WINDOW_SECONDS = 4.0
"""Time over which the rate of frames is measured."""


class SourceHealth:
    """The state machine of one source.

        connecting ──frame──▶ live ──silence──▶ stalled ──frame──▶ live
             │                  └──end of file──▶ ended
             └──▶ failed (tried again soon), refused (tried again rarely) ──frame──▶ live

    A source that was lost stays `stalled`, and one that never came `failed`, until a frame comes: a new try does
    not make it look better. One thread reads the source; another watches it here and reports.
    """

    def __init__(
        self,
        source_id: str,
        *,
        stall_after_seconds: float,
        models: Mapping[str, ClipSpec] | None = None,
        on_change: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._source_id = source_id
        self._stall_after_seconds = stall_after_seconds
        self._clip_seconds = {name: _clip_seconds(spec) for name, spec in (models or {}).items()}
        self._on_change = on_change
        self._clock = clock
        self._wall_clock = wall_clock
        self._lock = threading.RLock()
        self._state: SourceState = "connecting"
        self._reason = ""
        self._changed_at = wall_clock()
        self._media: MediaInfo | None = None
        self._size = (0, 0)
        self._epoch = 0
        self._reconnects = 0
        self._last_frame_at: float | None = None
        self._arrivals: deque[float] = deque()
        self._last_arrival = 0.0
        self._expected_by = float("inf")

    @property
    def state(self) -> SourceState:
        return self._state

    @property
    def is_hung(self) -> bool:
        """True when the reading thread did not come back in the time it gave itself."""
        return self._clock() > self._expected_by

    def expect_within(self, seconds: float) -> None:
        """Say, from the reading thread, that it will be heard of again within this time."""
        self._expected_by = self._clock() + seconds

    def opened(self, media: MediaInfo) -> None:
        with self._lock:
            self._media = media
            self._arrivals.clear()

    def frame_seen(self, frame: DecodedFrame, *, epoch: int, is_slow: bool = False) -> None:
        """Note a frame that came, whatever becomes of it.

        Args:
            frame: the frame.
            epoch: 0 while none has begun.
            is_slow: the source cannot be decoded as fast as it plays.
        """
        with self._lock:
            now = self._clock()
            self._arrivals.append(now)
            while self._arrivals[0] < now - RATE_WINDOW_SECONDS:
                self._arrivals.popleft()
            self._last_arrival = now
            self._last_frame_at = frame.captured_at
            self._size = (frame.width, frame.height)
            self._epoch = epoch or self._epoch
            self._reconnects += self._state not in ("connecting", "live")
            self._change("live", SLOW_DECODING if is_slow else "")

    def lost(self, reason: str) -> None:
        """The source went away, or could not be reached; it is tried again soon."""
        with self._lock:
            was_seen = self._state in ("live", "stalled")
            self._change("stalled" if was_seen else "failed", reason)

    def refused(self, reason: str) -> None:
        with self._lock:
            self._change("refused", reason)

    def ended(self) -> None:
        with self._lock:
            self._change("ended", "the file was played to its end")

    def check(self) -> None:
        """Notice, from the watching thread, that a live source has fallen silent."""
        with self._lock:
            if self._state == "live" and self._clock() - self._last_arrival > self._stall_after_seconds:
                self._change("stalled", f"no frame came for {self._stall_after_seconds:g} s")

    def status(self, hints: tuple[str, ...] = ()) -> SourceStatus:
        """Return what is to be reported now."""
        with self._lock:
            return SourceStatus(
                source_id=self._source_id,
                state=self._state,
                reason=self._reason,
                epoch=self._epoch,
                frame_rate_hz=round(self._frame_rate_hz(), 2),
                width=self._size[0],
                height=self._size[1],
                codec=self._media.codec if self._media else "",
                last_frame_at=self._last_frame_at,
                changed_at=self._changed_at,
                reported_at=self._wall_clock(),
                reconnects=self._reconnects,
                hints=hints if self._state == "live" else (),
                clip_seconds=self._clip_seconds,
            )

    def _frame_rate_hz(self) -> float:
        """Return the measured rate; 0 while no frames come."""
        if self._state != "live" or len(self._arrivals) < 2:
            return 0.0
        return (len(self._arrivals) - 1) / max(self._arrivals[-1] - self._arrivals[0], 1e-6)

    def _change(self, state: SourceState, reason: str) -> None:
        if (state, reason) == (self._state, self._reason):
            return
        is_new_state = state != self._state
        self._state, self._reason = state, reason
        if is_new_state:
            self._changed_at = self._wall_clock()
            log = logger.info if state in ("connecting", "live", "ended") else logger.warning
            log("source %s: %s%s", self._source_id, state, f", {reason}" if reason else "")
        self._on_change()


def _clip_seconds(spec: ClipSpec) -> float:
    return spec.duration_seconds + spec.lookahead_frames / spec.frame_rate_hz + spec.stride_seconds
