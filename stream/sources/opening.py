"""Opening a source by its address: a video file, a DICOM cine or an RTSP camera."""

from stream.sources.reader import FrameReader, MediaInfo
from stream.sources.url import file_path
from stream.sources.video_file import VideoFileReader

MAX_PIXELS = 8192 * 4320
"""Largest frame that is decoded unless the caller says otherwise."""


def open_source(
    url: str,
    *,
    loop: bool = False,
    is_live: bool = False,
    open_timeout_seconds: float = 8.0,
    read_timeout_seconds: float = 5.0,
    max_pixels: int = MAX_PIXELS,
    decoder_threads: int = 1,
) -> FrameReader:
    """Open a source and decode its first picture.

    Args:
        url: path (or file:// address) of a video file or DICOM cine, or rtsp://user:password@host/path.
        loop: play a file again and again; its pts go on rising. Needs `is_live`.
        is_live: pace a file at its own rate, as a camera would; a camera is always live.
        open_timeout_seconds: how long a camera may take until its first picture.
        read_timeout_seconds: silence of a camera after which it counts as lost.
        max_pixels: width x height beyond which a source is refused before anything is decoded.
        decoder_threads: threads of the video decoder.

    Raises:
        SourceRefused: the source is missing, not allowed, not what it claims to be, empty, or too large.
        SourceLost: the camera cannot be reached, refuses the password, or sends no picture in time.
        ValueError: `loop` without `is_live`, or a limit that is not positive.
    """
    return VideoFileReader(file_path(url), max_pixels=max_pixels, decoder_threads=decoder_threads)


def describe(url: str) -> MediaInfo:
    """Return what the source says of itself; it is opened, its first picture decoded, and closed."""
    with open_source(url) as reader:
        return reader.media
