"""The door to FFmpeg: a demuxer opened with everything pinned, and the one stream that is watched."""

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from stream.errors import SourceRefused

ALLOWED_CODECS = ("h264", "hevc", "mjpeg", "mpeg4")
"""FFmpeg decodes hundreds of formats; only these are ever handed data from outside."""

WORLD_ERRORS = (av.FFmpegError, OSError, ValueError, LookupError, RuntimeError, MemoryError, AssertionError)
"""What PyAV raises on broken input, as found with mutated files; a UnicodeDecodeError is a ValueError."""


def open_input(
    address: str,
    *,
    demuxer: str,
    protocols: str,
    max_pixels: int,
    options: dict[str, str] | None = None,
    timeouts_seconds: tuple[float, float] | None = None,
) -> InputContainer:
    """Open an address with one demuxer, a few protocols and the allowed codecs only.

    Args:
        address: what FFmpeg opens.
        demuxer: FFmpeg's name of the only demuxer that may read it.
        protocols: comma-separated protocols that may be used, nested ones included.
        max_pixels: width x height beyond which no picture is allocated, not even while probing.
        options: more options of the demuxer.
        timeouts_seconds: to open, and to read one packet; None waits for ever.

    Raises:
        one of `WORLD_ERRORS`: FFmpeg cannot open it; the caller says what that means.
    """
    av.logging.set_level(None)  # FFmpeg's own lines may hold addresses with passwords
    pinned = {
        "protocol_whitelist": protocols,
        "format_whitelist": demuxer if demuxer != "matroska" else "matroska,webm",
        "codec_whitelist": ",".join(ALLOWED_CODECS),
        "max_pixels": str(max_pixels),
        **(options or {}),
    }
    return av.open(address, "r", format=demuxer, options=pinned, metadata_errors="replace", timeout=timeouts_seconds)


def explain(error: BaseException) -> str:
    """Say in a few words what PyAV raised, without the address that FFmpeg puts into its messages."""
    text = getattr(error, "strerror", None) or type(error).__name__
    return str(text).lower()


def choose_stream(container: InputContainer, *, name: str) -> VideoStream:
    """Return the stream to watch: the default one, of several the largest; covers and thumbnails do not count.

    Raises:
        SourceRefused: there is no video, or its codec is not allowed.
    """
    videos = [stream for stream in container.streams.video if not _is_still(stream)]
    if not videos:
        kinds = sorted({stream.type for stream in container.streams})
        found = f"{' and '.join(kinds)} only" if kinds else "no stream at all"
        raise SourceRefused(f"{name}: required a video stream, found {found}")
    allowed = [stream for stream in videos if _codec_name(stream) in ALLOWED_CODECS]
    if not allowed:
        codecs = sorted({_codec_name(stream) for stream in videos})
        raise SourceRefused(f"{name}: required a codec of {', '.join(ALLOWED_CODECS)}, found {', '.join(codecs)}")
    return max(allowed, key=lambda stream: (bool(stream.disposition & Disposition.default), _num_pixels(stream)))


def require_pixels(width: int, height: int, *, max_pixels: int, name: str) -> None:
    """Refuse frames without size or beyond the limit, by what the header says.

    Raises:
        SourceRefused: as said.
    """
    limits = f"{name}: required frames of 1 to {max_pixels} pixels (ingest.max_pixels)"
    if width < 1 or height < 1:  # FFmpeg forgets a size that it was told to refuse
        raise SourceRefused(f"{limits}, found larger ones or none at all")
    if width * height > max_pixels:
        raise SourceRefused(f"{limits}, found {width}x{height}")


def _is_still(stream: VideoStream) -> bool:
    return bool(stream.disposition & (Disposition.attached_pic | Disposition.timed_thumbnails))


def _codec_name(stream: VideoStream) -> str:
    context = stream.codec_context
    return "an unknown codec" if context is None else context.codec.name


def _num_pixels(stream: VideoStream) -> int:
    return int(stream.codec_context.width * stream.codec_context.height)
