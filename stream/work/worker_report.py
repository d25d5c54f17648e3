"""What a worker counts and says about itself."""

import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterable

from stream.keys import RequestStream
from stream.messages import WorkerStatus

SMOOTHING = 0.1
"""Weight of the newest batch in the running means."""


class WorkerReport:
    """Counters of one worker, safe to share between its threads."""

    def __init__(self, worker_id: str, device: str, models: Iterable[str]) -> None:
        self._worker_id = worker_id
        self._device = device
        self._models = tuple(sorted(models))
        self._started_at = time.time()
        self._lock = threading.Lock()
        self._num_scored = 0
        self._batch_fill: float | None = None
        self._predict_ms: float | None = None
        self._errors: Counter[str] = Counter()

    def add_batch(self, *, num_clips: int, max_batch_size: int, seconds: float) -> None:
        """Take in one run on the device."""
        with self._lock:
            self._batch_fill = _smoothed(self._batch_fill, num_clips / max_batch_size)
            self._predict_ms = _smoothed(self._predict_ms, 1000 * seconds / num_clips)

    def add_scored(self, num_clips: int) -> None:
        with self._lock:
            self._num_scored += num_clips

    def add_error(self, kind: str) -> None:
        with self._lock:
            self._errors[kind] += 1

    def status(self, held: Iterable[RequestStream]) -> WorkerStatus:
        """Return the report as of now."""
        with self._lock:
            return WorkerStatus(
                worker_id=self._worker_id,
                host=socket.gethostname(),
                process_id=os.getpid(),
                device=self._device,
                models=self._models,
                sources=tuple(sorted({stream.source_id for stream in held})),
                clips_scored=self._num_scored,
                batch_fill=self._batch_fill or 0.0,
                predict_ms=self._predict_ms or 0.0,
                started_at=self._started_at,
                reported_at=time.time(),
                errors=dict(self._errors),
            )


def _smoothed(mean: float | None, value: float) -> float:
    return value if mean is None else (1 - SMOOTHING) * mean + SMOOTHING * value
