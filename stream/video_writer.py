"""Writes frames to a video file that any player and any camera server can use."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from stream.closing import ClosingWriter
from stream.errors import StreamError

CONSTANT_RATE_FACTOR = 20
"""Quality of libx264: 18 is nearly lossless to the eye, 28 shows blocks."""


class VideoWriter(ClosingWriter):
    """One H.264 video, constant frame rate, without B-frames, with a key frame about every second.

    The file appears under its name only when `close` has finished it; until then, and after an
    error, there is at most a temporary file beside it, which leaving the `with` block removes.
    """

    def __init__(
        self,
        path: Path,
        *,
        width: int,
        height: int,
        frame_rate_hz: float,
        codec: str = "h264",
        quality: int | None = None,
    ) -> None:
        """Open the file.

        Args:
            quality: constant rate factor of libx264; None is CONSTANT_RATE_FACTOR.

        Raises:
            ValueError: the codec is unknown, or a size is odd or not positive.
            StreamError: the file cannot be written.
        """
        if codec != "h264":
            raise ValueError(f"codec must be h264, got {codec!r}")
        if width < 2 or height < 2 or width % 2 or height % 2:
            raise ValueError(f"width and height must be even for H.264 in yuv420p, got {width}x{height}")
        if not frame_rate_hz > 0:
            raise ValueError(f"frame_rate_hz must be positive, got {frame_rate_hz}")
        self.path = path
        self._temporary = path.with_name(f".{path.stem}.part{path.suffix}")
        rate = Fraction(frame_rate_hz).limit_denominator(1001)
        try:
            self._temporary.touch()  # FFmpeg itself would open the file only with the first packet
            self._container = av.open(str(self._temporary), "w")
            self._stream = self._container.add_stream("libx264", rate=rate)
        except (OSError, ValueError, av.FFmpegError) as error:
            self._temporary.unlink(missing_ok=True)
            raise StreamError(f"the video {path} cannot be written: {error}") from error
        self._stream.width, self._stream.height = width, height
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.time_base = 1 / rate
        self._stream.options = {
            "crf": str(CONSTANT_RATE_FACTOR if quality is None else quality),
            "preset": "veryfast",
            "bf": "0",
            "g": str(max(round(frame_rate_hz), 1)),
            "threads": "1",
        }
        self._shape = (height, width, 3)
        self._num_frames = 0

    def write(self, frame: np.ndarray) -> None:
        """Append a frame, uint8 RGB (H, W, 3).

        Raises:
            ValueError: the frame has another size or type than the video.
            StreamError: the file cannot be written any further.
        """
        if frame.shape != self._shape or frame.dtype != np.uint8:
            raise ValueError(f"a frame must be uint8 of shape {self._shape}, got {frame.dtype} of {frame.shape}")
        picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
        picture.pts = self._num_frames
        self._num_frames += 1
        self._encode(picture)

    def close(self) -> None:
        """Finish the file and give it its name.

        Raises:
            ValueError: no frame was written.
            StreamError: the file cannot be finished.
        """
        if self._num_frames == 0:
            self.abandon()
            raise ValueError(f"the video {self.path} needs at least one frame, got none")
        self._encode(None)
        try:
            self._container.close()
            self._temporary.replace(self.path)
        except (OSError, av.FFmpegError) as error:
            self.abandon()
            raise StreamError(f"the video {self.path} cannot be finished: {error}") from error

    def abandon(self) -> None:
        """Remove what was written so far."""
        try:
            self._container.close()
        except (OSError, av.FFmpegError):
            pass  # it is thrown away anyway
        finally:
            self._temporary.unlink(missing_ok=True)

    def _encode(self, picture: av.VideoFrame | None) -> None:
        try:
            for packet in self._stream.encode(picture):
                self._container.mux(packet)
        except (OSError, av.FFmpegError) as error:
            self.abandon()
            raise StreamError(f"the video {self.path} cannot be written: {error}") from error
