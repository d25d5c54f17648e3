"""Writes pictures that come at any times as a video of constant rate."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from stream.errors import StreamError
from stream.video_writer import VideoWriter

MAX_HOLD_SECONDS = 2.0
"""A picture stands no longer than this for those that are missing after it."""


class SteadyWriter:
    """Shows each picture as often as a constant rate needs it, so that time runs as in the video."""

    def __init__(self, path: Path, rate_hz: float) -> None:
        self._path = path
        self._rate_hz = rate_hz
        self._writer: VideoWriter | None = None
        self._shape: tuple[int, ...] = ()
        self._origin_seconds = 0.0
        self._last_seconds = 0.0
        self._num_shown = 0

    def write(self, picture: np.ndarray, pts_seconds: float) -> None:
        """Append a picture, uint8 RGB (H, W, 3); one of another size than the first is left out."""
        with _writing():
            if self._writer is None:
                height, width = picture.shape[:2]
                self._writer = VideoWriter(self._path, width=width, height=height, frame_rate_hz=self._rate_hz)
                self._shape, self._origin_seconds, self._last_seconds = picture.shape, pts_seconds, pts_seconds
            if picture.shape == self._shape:
                for _ in range(self._num_due(pts_seconds)):
                    self._writer.write(picture)

    def _num_due(self, pts_seconds: float) -> int:
        step = pts_seconds - self._last_seconds
        if abs(step) > MAX_HOLD_SECONDS:
            self._origin_seconds += step - 1 / self._rate_hz
        self._last_seconds = pts_seconds
        num_due = max(round((pts_seconds - self._origin_seconds) * self._rate_hz) + 1 - self._num_shown, 0)
        self._num_shown += num_due
        return num_due

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is None:
            return
        if kind is not None:
            self._writer.abandon()
            return
        with _writing():
            self._writer.close()


@contextmanager
def _writing() -> Iterator[None]:
    """A video that cannot be written is the output's fault, not the input's."""
    try:
        yield
    except StreamError as error:
        raise OSError(str(error)) from error
