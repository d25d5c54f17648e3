"""Small pictures for the live wall, made private here, before anything leaves the ingester."""

import cv2
import numpy as np

from stream.frames.store import Preview
from stream.settings import Privacy
from stream.sources.frame import DecodedFrame

NUM_BLOCKS_ACROSS = 24
"""Blocks along the longer side of a pixelated preview: no face or text on a screen can be recognised."""
JPEG_QUALITY = 80
MAX_ASPECT_RATIO = 4
"""Longer side over shorter side of a preview; a longer picture is squeezed."""
DARK_LEVEL = 24
"""Brightness, 0..255, that hardly anything in a dark picture reaches."""
LIT_SHARE = 0.01
"""Of the picture must be brighter than that: an ultrasound is black for the most part, and not dark."""
HINT_AFTER_SECONDS = 10.0
"""How long a picture must be dark or unchanged before it is said."""


class PreviewMaker:
    """Makes previews of one source at a bounded rate, and notices when the picture is dark or frozen."""

    def __init__(self, *, privacy: Privacy, rate_hz: float, height: int) -> None:
        self._privacy = privacy
        self._interval_seconds = 1 / rate_hz
        self._height = height
        self._next_at = 0.0
        self._health = PictureHealth()

    @property
    def hints(self) -> tuple[str, ...]:
        """What is wrong with the picture: dark, frozen."""
        return self._health.hints

    def make(self, frame: DecodedFrame, *, epoch: int) -> Preview | None:
        """Return a preview of the frame, or None when the last one is too recent."""
        if 0 < self._next_at - frame.captured_at <= self._interval_seconds:
            return None
        self._next_at = frame.captured_at + self._interval_seconds
        rgb = frame.to_rgb(*self._size_of(frame))
        self._health.look(rgb, frame.captured_at)
        if self._privacy == "pixelated":
            rgb = pixelated(rgb)
        height, width = rgb.shape[:2]
        jpeg = cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1]
        return Preview(jpeg.tobytes(), frame.captured_at, epoch, width, height, self._privacy)

    def _size_of(self, frame: DecodedFrame) -> tuple[int, int]:
        aspect = min(max(frame.width / frame.height, 1 / MAX_ASPECT_RATIO), MAX_ASPECT_RATIO)
        return self._height, max(round(self._height * aspect), 1)


def pixelated(rgb: np.ndarray) -> np.ndarray:
    """Return the picture as coarse blocks, each the mean of what it hides.

    Args:
        rgb: uint8, shape (H, W, 3).

    Returns:
        uint8, the same shape, of at most 24 blocks along its longer side.
    """
    height, width = rgb.shape[:2]
    scale = min(NUM_BLOCKS_ACROSS / max(height, width), 1.0)
    blocks = cv2.resize(rgb, (max(int(width * scale), 1), max(int(height * scale), 1)), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(blocks, (width, height), interpolation=cv2.INTER_NEAREST))


class PictureHealth:
    """Notices a picture that is dark, or that has not changed in a single pixel: a sensor always has noise."""

    def __init__(self) -> None:
        self._last: np.ndarray | None = None
        self._changed_at = 0.0
        self._bright_at = 0.0
        self._now = 0.0

    @property
    def hints(self) -> tuple[str, ...]:
        since = {"dark": self._bright_at, "frozen": self._changed_at}
        return tuple(hint for hint, at in since.items() if self._now - at >= HINT_AFTER_SECONDS)

    def look(self, rgb: np.ndarray, captured_at: float) -> None:
        """Take the next picture, uint8 (H, W, 3), and its wall time."""
        is_first = self._last is None
        if self._last is None or not np.array_equal(rgb, self._last):
            self._changed_at = captured_at
        if is_first or (rgb.max(axis=2) > DARK_LEVEL).mean() >= LIT_SHARE:
            self._bright_at = captured_at
        self._last, self._now = rgb, captured_at
