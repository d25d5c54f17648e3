"""A network camera: RTSP over TCP."""

import time
from collections.abc import Iterator
from dataclasses import replace

from av.container import InputContainer

from stream.errors import SourceLost, StreamError
from stream.sources.arrival_clock import ArrivalClock
from stream.sources.av_input import WORLD_ERRORS, choose_stream, explain, open_input, require_pixels
from stream.sources.decoding import DecodingReader, StreamDecoder
from stream.sources.frame import DecodedFrame
from stream.sources.reader import MediaInfo, sane_rate
from stream.sources.rtsp_gate import RtspGate
from stream.sources.url import parse_camera_url, redact_url

_MICROSECONDS = 1_000_000
_MOMENT_SECONDS = 0.5
_MAX_UNTIMED = 3
_ANALYSE_SECONDS = 1.0
"""How much of the stream FFmpeg may look at before it delivers; it delays the first picture."""


class CameraReader(DecodingReader):
    """Frames of one RTSP camera, from its first picture until it goes away."""

    def __init__(
        self,
        url: str,
        *,
        open_timeout_seconds: float,
        read_timeout_seconds: float,
        max_pixels: int,
        decoder_threads: int = 1,
    ) -> None:
        """Connect, log in, and decode the first picture.

        Raises:
            SourceRefused: the address is none, the camera redirects, or sends what is not allowed or too large.
            SourceLost: the camera cannot be reached, refuses the login, or sends no picture in time.
        """
        super().__init__()
        self._name = redact_url(url)
        self._read_timeout_seconds = read_timeout_seconds
        give_up_at = time.monotonic() + open_timeout_seconds
        self._gate = RtspGate(
            parse_camera_url(url),
            name=self._name,
            connect_timeout_seconds=open_timeout_seconds,
            silence_seconds=read_timeout_seconds,
        )
        self._input: InputContainer | None = None
        try:
            self._input = self._open(max(give_up_at - time.monotonic(), _MOMENT_SECONDS), max_pixels)
            self._stream = choose_stream(self._input, name=self._name)
            self._require_pixels(max_pixels)
            self._decoder = StreamDecoder(self._stream, max_pixels=max_pixels, threads=decoder_threads)
            self._clock = ArrivalClock()
            self._frames = self._decode(self._input, give_up_at)
            self._first = next(self._frames)
        except BaseException:
            self.close()
            raise
        self.media = self._describe(self._first)

    def close(self) -> None:
        if self._input is not None:
            self._input.close()
        self._gate.close()

    def _open(self, timeout_seconds: float, max_pixels: int) -> InputContainer:
        try:
            return open_input(
                self._gate.url,
                demuxer="rtsp",
                protocols="tcp",
                max_pixels=max_pixels,
                options={
                    "rtsp_transport": "tcp",
                    "allowed_media_types": "video",
                    "timeout": str(int(self._read_timeout_seconds * _MICROSECONDS)),
                    "analyzeduration": str(int(_ANALYSE_SECONDS * _MICROSECONDS)),
                    "fpsprobesize": "2",  # enough to guess a rate; FFmpeg's own choice delays opening by a second
                },
                timeouts_seconds=(timeout_seconds, self._read_timeout_seconds),
            )
        except WORLD_ERRORS as error:
            raise self._reason(f"the camera sends nothing that can be opened ({explain(error)})") from None

    def _require_pixels(self, max_pixels: int) -> None:
        """Refuse too large a picture, where the camera has told its size already."""
        context = self._stream.codec_context
        if context.width and context.height:
            require_pixels(context.width, context.height, max_pixels=max_pixels, name=self._name)

    def _decode(self, container: InputContainer, first_picture_by: float) -> Iterator[DecodedFrame]:
        """Yield pictures until the camera goes away, or sends for too long what makes no picture."""
        picture_by = first_picture_by
        try:
            for packet in container.demux(self._stream):
                arrived = self._decoder.seconds(packet.pts)
                if arrived is not None:
                    self._clock.note_arrival(arrived)
                for frame in self._decoder.decode(packet):
                    if frame.pts_seconds is not None or not self._is_waiting_for_time():
                        yield replace(frame, captured_at=self._clock.captured_at(frame.pts_seconds))
                    picture_by = time.monotonic() + self._read_timeout_seconds
                if time.monotonic() > picture_by:
                    raise SourceLost(f"{self._name}: the camera sends data, but for too long no picture came of it")
        except WORLD_ERRORS as error:
            raise self._reason(
                f"the camera sent nothing for {self._read_timeout_seconds:g} s ({explain(error)})"
            ) from None
        raise self._reason("the camera ended the stream")

    def _is_waiting_for_time(self) -> bool:
        """FFmpeg loses the time of a camera's very first picture: without one, the first few are not worth keeping."""
        self.num_skipped += self.num_decoded <= _MAX_UNTIMED
        return self.num_decoded <= _MAX_UNTIMED

    def _reason(self, otherwise: str) -> StreamError:
        """Return what the gate knows of the end; FFmpeg often notices first."""
        self._gate.wait_until_ended(_MOMENT_SECONDS)
        return self._gate.failure or SourceLost(f"{self._name}: {otherwise}")

    def _describe(self, first: DecodedFrame) -> MediaInfo:
        return MediaInfo(
            kind="rtsp",
            container="rtsp",
            codec=self._stream.codec_context.codec.name,
            width=first.width,
            height=first.height,
            declared_rate_hz=sane_rate(self._stream.average_rate or self._stream.guessed_rate),
            duration_seconds=None,
            num_frames=None,
        )
