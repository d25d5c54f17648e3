"""Opening a source by its address: a video file, a DICOM cine or an RTSP camera."""

from pathlib import Path

from stream.sources.camera import CameraReader
from stream.sources.dicom_signature import is_dicom
from stream.sources.live_playback import LivePlayback
from stream.sources.reader import FrameReader, MediaInfo
from stream.sources.url import file_path, is_camera
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
        loop: play a file again and again, its pts going on rising; needs `is_live`. A camera never ends anyway.
        is_live: pace a file at its own rate, as a camera would; a camera is always live.
        open_timeout_seconds: how long a camera may take until its first picture.
        read_timeout_seconds: silence of a camera after which it counts as lost.
        max_pixels: width x height beyond which a source is refused before anything is decoded.
        decoder_threads: threads of the video decoder; with more than one, FFmpeg no longer tells which frames of
            H.264 it had to conceal, and frames come later.

    Raises:
        SourceRefused: the source is missing, not allowed, not what it claims to be, empty, or too large.
        SourceLost: the camera cannot be reached, refuses the password, or sends no picture in time.
        ValueError: a file is to loop without being live.
    """
    if is_camera(url):
        return CameraReader(
            url,
            open_timeout_seconds=open_timeout_seconds,
            read_timeout_seconds=read_timeout_seconds,
            max_pixels=max_pixels,
            decoder_threads=decoder_threads,
        )
    if loop and not is_live:
        raise ValueError(f"a looped file never ends, so it must be paced: pass is_live=True to loop {url!r}")
    path = file_path(url)

    def open_recording() -> FrameReader:
        return _open_recording(path, max_pixels=max_pixels, decoder_threads=decoder_threads)

    return LivePlayback(open_recording, loop=loop) if is_live else open_recording()


def describe(url: str) -> MediaInfo:
    """Return what the source says of itself; it is opened, its first picture decoded, and closed.

    Raises:
        SourceRefused: as `open_source`.
        SourceLost: as `open_source`.
    """
    with open_source(url) as reader:
        return reader.media


def _open_recording(path: Path, *, max_pixels: int, decoder_threads: int) -> FrameReader:
    if is_dicom(path):
        from stream.sources.dicom_cine import DicomCineReader  # costs what opening a camera should not

        return DicomCineReader(path, max_pixels=max_pixels)
    return VideoFileReader(path, max_pixels=max_pixels, decoder_threads=decoder_threads)
