"""Packets of one stream in, pictures in order of presentation out; damage is counted and survived."""

import heapq

import av
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from stream.sources.decoded_picture import DecodedPicture
from stream.sources.frame import DecodedFrame
from stream.sources.reader import PeekedReader

_MAX_REORDERED = 16
"""No allowed codec holds back more pictures than this."""


class StreamDecoder:
    """The decoder of one video stream."""

    def __init__(
        self,
        stream: VideoStream,
        *,
        start_seconds: float = 0.0,
        has_presentation_times: bool = True,
        max_pixels: int,
        threads: int,
    ) -> None:
        context = stream.codec_context
        context.thread_count = threads
        context.thread_type = "AUTO" if threads > 1 else "NONE"
        context.options = {"max_pixels": str(max_pixels)}
        self._stream = stream
        self._start_seconds = start_seconds
        self._times = None if has_presentation_times else _TimesInOrder()
        self._pixel_aspect = float(stream.sample_aspect_ratio or 1)
        self.num_decoded = 0
        self.num_damaged = 0

    def decode(self, packet: "Packet[VideoStream]") -> list[DecodedFrame]:
        """Return the pictures that the packet completes, `captured_at` still 0; an empty packet flushes."""
        if self._times and packet.size:
            self._times.push(packet.pts)
        try:
            pictures = packet.decode()
        except (av.FFmpegError, ValueError, MemoryError):
            self.num_damaged += 1
            if self._times:
                self._times.pop()
            return []
        return [self._as_frame(picture, is_damaged=packet.is_corrupt) for picture in pictures]

    def seconds(self, pts: int | None) -> float | None:
        """Return the media time of a timestamp of the stream."""
        if pts is None or self._stream.time_base is None:
            return None
        return float(pts * self._stream.time_base) - self._start_seconds

    def _as_frame(self, picture: VideoFrame, *, is_damaged: bool) -> DecodedFrame:
        self.num_decoded += 1
        is_damaged = is_damaged or picture.is_corrupt
        self.num_damaged += is_damaged
        pixels = DecodedPicture(picture, self._pixel_aspect)
        pts = self._times.pop() if self._times else picture.pts
        return DecodedFrame(self.seconds(pts), 0.0, pixels.width, pixels.height, pixels, is_damaged)


class DecodingReader(PeekedReader):
    """A reader whose frames come from a decoder, which counts them."""

    _decoder: StreamDecoder

    @property
    def num_decoded(self) -> int:
        return self._decoder.num_decoded

    @property
    def num_damaged(self) -> int:
        return self._decoder.num_damaged


class _TimesInOrder:
    """Gives each picture the earliest time not yet given, for containers whose times are those of decoding."""

    def __init__(self) -> None:
        self._waiting: list[int] = []

    def push(self, pts: int | None) -> None:
        if pts is not None:
            heapq.heappush(self._waiting, pts)
        if len(self._waiting) > _MAX_REORDERED:
            heapq.heappop(self._waiting)

    def pop(self) -> int | None:
        return heapq.heappop(self._waiting) if self._waiting else None
