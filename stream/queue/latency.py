"""How long it takes from a clip's last frame to its result."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from stream.messages import InferenceResult

WINDOW_SECONDS = 60.0


@dataclass(frozen=True)
class LatencySummary:
    """Time from the capture of a clip's last frame to its result, over recent clips."""

    num_clips: int
    p50_seconds: float
    p95_seconds: float
    p99_seconds: float


class LatencyStats:
    """Latencies of the results finished within a sliding window."""

    def __init__(self, window_seconds: float = WINDOW_SECONDS) -> None:
        self._window_seconds = window_seconds
        self._finished: deque[tuple[float, float]] = deque()

    def add(self, result: InferenceResult) -> None:
        """Take in a result; results come in the order of the feed."""
        self._finished.append((result.finished_at, max(0.0, result.finished_at - result.captured_at)))

    def summary(self, now: float) -> LatencySummary | None:
        """Return the latencies of what finished within the window before `now` (wall time); None when nothing did."""
        while self._finished and self._finished[0][0] < now - self._window_seconds:
            self._finished.popleft()
        if not self._finished:
            return None
        p50, p95, p99 = np.percentile([latency for _, latency in self._finished], (50, 95, 99))
        return LatencySummary(len(self._finished), float(p50), float(p95), float(p99))
