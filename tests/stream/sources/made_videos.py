"""Small real videos for the tests, made with FFmpeg on the spot."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

_TICKS = Fraction(1, 90_000)


def pictures(num_frames: int, width: int = 64, height: int = 48) -> list[np.ndarray]:
    """Return smooth RGB pictures, each one different: a bright bar moves over a colour gradient."""
    rows, columns = np.mgrid[0:height, 0:width]
    background = np.stack([columns * 200 // max(width - 1, 1), rows * 200 // max(height - 1, 1), 0 * rows + 90], axis=2)
    made = []
    for index in range(num_frames):
        picture = background.astype(np.uint8)
        left = index * max(width // 16, 1) % width
        picture[:, left : left + max(width // 8, 1)] = (230, 230, 40)
        made.append(cv2.GaussianBlur(picture, (0, 0), 1.0))
    return made


def make_video(
    path: Path,
    *,
    num_frames: int = 30,
    width: int = 64,
    height: int = 48,
    codec: str = "libx264",
    pixel_format: str | None = None,
    rate: int | Fraction = 25,
    times_seconds: Sequence[float] | None = None,
    options: dict[str, str] | None = None,
    container: str | None = None,
    num_sounds: int = 0,
) -> Path:
    """Write a video and return its path; `times_seconds` gives each frame its own time; a sound lasts 64 ms."""
    with av.open(str(path), "w", format=container) as output:
        stream = output.add_stream(codec, rate=rate)
        stream.width, stream.height = width, height
        stream.pix_fmt = pixel_format or ("yuvj420p" if codec == "mjpeg" else "yuv420p")
        stream.options = options if options is not None else _quick(codec)
        stream.codec_context.thread_count = 1  # several would cut MJPEG by restart intervals
        if times_seconds is not None:
            stream.codec_context.time_base = _TICKS
        if num_sounds:
            _add_sound(output, num_sounds)
        if not num_frames:
            output.start_encoding()  # else not even a header is written
        for index, picture in enumerate(pictures(num_frames, width, height)):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            if times_seconds is not None:
                frame.pts, frame.time_base = round(times_seconds[index] / _TICKS), _TICKS
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
    return path


def make_sound(path: Path) -> Path:
    """Write a file with sound and no video."""
    with av.open(str(path), "w") as output:
        _add_sound(output, 10)
    return path


def _add_sound(output: av.container.OutputContainer, num_sounds: int) -> None:
    stream = output.add_stream("aac", rate=16_000)
    for index in range(num_sounds):
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts = 16_000, index * 1024
        output.mux(stream.encode(frame))
    output.mux(stream.encode())


def _quick(codec: str) -> dict[str, str]:
    if codec == "libx264":
        return {"preset": "ultrafast", "g": "10"}
    if codec == "libx265":
        return {"preset": "ultrafast", "x265-params": "log-level=none:keyint=10:bframes=0:pools=none:frame-threads=1"}
    return {"huffman": "default"} if codec == "mjpeg" else {}
