"""A video file, decoded as fast as it goes."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from stream.errors import SourceRefused
from stream.sources.av_input import WORLD_ERRORS, choose_stream, explain, open_input, require_pixels
from stream.sources.containers import Container, find_container
from stream.sources.decoding import DecodingReader, StreamDecoder
from stream.sources.frame import DecodedFrame
from stream.sources.reader import MediaInfo, sane_rate

logger = logging.getLogger(__name__)

_MAX_ERRORS_IN_A_ROW = 100
"""Packets in a row that the demuxer may fail to read before the rest of a damaged file is given up."""


class VideoFileReader(DecodingReader):
    """Frames of one video file; its first picture is decoded before it counts as open."""

    def __init__(self, path: Path, *, max_pixels: int, decoder_threads: int = 1) -> None:
        """Open the file.

        Raises:
            SourceRefused: it is missing, empty, not the video it claims to be, not allowed, or without a picture.
        """
        super().__init__()
        require_regular_file(path)
        self._path = path
        container = find_container(path)
        self._input = _open(path, container, max_pixels)
        self._stream = choose_stream(self._input, name=str(path))
        context = self._stream.codec_context
        require_pixels(context.width, context.height, max_pixels=max_pixels, name=str(path))
        self._decoder = StreamDecoder(
            self._stream,
            start_seconds=(self._input.start_time or 0) / av.time_base,
            has_presentation_times=container.has_presentation_times,
            max_pixels=max_pixels,
            threads=decoder_threads,
        )
        self._frames = self._decode()
        self._first = next(self._frames, None)
        if self._first is None:
            self.close()
            raise SourceRefused(f"{path}: required at least one picture that can be decoded, found none")
        self.media = MediaInfo(
            kind="file",
            container=container.name,
            codec=self._stream.codec_context.codec.name,
            width=self._first.width,
            height=self._first.height,
            declared_rate_hz=sane_rate(self._stream.average_rate),
            duration_seconds=_declared_seconds(self._input, self._stream, container),
            num_frames=self._stream.frames or None,
        )

    def close(self) -> None:
        self._input.close()

    def _decode(self) -> Iterator[DecodedFrame]:
        for _ in range(_MAX_ERRORS_IN_A_ROW):
            try:
                for packet in self._input.demux(self._stream):
                    yield from self._decoder.decode(packet)
                return
            except (av.FFmpegError, ValueError) as error:
                self._decoder.num_damaged += 1
                logger.warning("file has a damaged part: path=%s reason=%s", self._path, explain(error))


def _declared_seconds(source: InputContainer, stream: VideoStream, container: Container) -> float | None:
    """Return how long the header says that the video lasts; sound may go on for longer."""
    if not container.has_presentation_times and stream.frames and stream.average_rate:
        return float(stream.frames / stream.average_rate)
    whole = source.duration / av.time_base if source.duration else None
    own = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else None
    return min((seconds for seconds in (whole, own, _tagged_seconds(stream)) if seconds), default=None)


def _tagged_seconds(stream: VideoStream) -> float | None:
    """Return the tag in which Matroska's writers keep the duration of a stream, such as 00:00:06.000000000."""
    match = re.fullmatch(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)", stream.metadata.get("DURATION", ""))
    return 3600 * int(match[1]) + 60 * int(match[2]) + float(match[3]) if match else None


def _open(path: Path, container: Container, max_pixels: int) -> InputContainer:
    try:
        return open_input(f"file:{path.absolute()}", demuxer=container.demuxer, protocols="file", max_pixels=max_pixels)
    except av.EOFError:
        raise SourceRefused(
            f"{path}: required a video with pictures, found one that ends at its header: it holds none, or is cut off"
        ) from None
    except WORLD_ERRORS as error:
        raise SourceRefused(
            f"{path}: required a complete {container.name} video, found one that is damaged or cut off at its "
            f"header ({explain(error)})"
        ) from None


def require_regular_file(path: Path) -> None:
    """Refuse what is not a file that can be read to its end.

    Raises:
        SourceRefused: the path is missing, a directory, a device or a pipe, or may not be read.
    """
    try:
        if path.is_dir():
            raise SourceRefused(f"{path}: required a video file or DICOM cine, found a directory")
        if not path.exists():
            raise SourceRefused(f"{path}: required a video file or DICOM cine, found no such file")
        if not path.is_file():
            raise SourceRefused(f"{path}: required a regular file, found a device, pipe or socket")
        with path.open("rb"):
            return
    except OSError as error:
        raise SourceRefused(f"{path}: required a file that can be read ({error.strerror})") from error
