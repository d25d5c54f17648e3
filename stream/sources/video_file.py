"""A video file, decoded as fast as it goes."""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np

from stream.sources.containers import find_container
from stream.sources.frame import DecodedFrame
from stream.sources.reader import MediaInfo


class _Picture:
    def __init__(self, frame: av.VideoFrame) -> None:
        self._frame = frame

    def to_rgb(self, height: int, width: int) -> np.ndarray:
        return self._frame.reformat(width, height, "rgb24").to_ndarray()


class VideoFileReader:
    """Frames of one video file."""

    def __init__(self, url: str, *, max_pixels: int, decoder_threads: int) -> None:
        path = Path(url)
        container = find_container(path)
        self._input = av.open(f"file:{path.resolve()}", format=container.demuxer)
        self._stream = self._input.streams.video[0]
        self._stream.codec_context.thread_count = decoder_threads
        rate = self._stream.average_rate
        self.media = MediaInfo(
            kind="file",
            container=container.name,
            codec=self._stream.codec_context.name,
            width=self._stream.codec_context.width,
            height=self._stream.codec_context.height,
            declared_rate_hz=float(rate) if rate else None,
            duration_seconds=self._input.duration / av.time_base if self._input.duration else None,
            num_frames=self._stream.frames or None,
        )
        self.num_decoded = self.num_damaged = self.num_skipped = 0

    def __iter__(self) -> Iterator[DecodedFrame]:
        for frame in self._input.decode(self._stream):
            self.num_decoded += 1
            yield DecodedFrame(frame.time, 0.0, frame.width, frame.height, _Picture(frame), frame.is_corrupt)

    def close(self) -> None:
        self._input.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
