"""What every reader of a source offers: its medium, its frames, and counts of what happened to them."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Protocol, Self

from stream.sources.frame import DecodedFrame

SourceKind = Literal["file", "rtsp", "dicom"]


@dataclass(frozen=True)
class MediaInfo:
    """What a source says of itself, checked as far as its header allows."""

    kind: SourceKind
    container: str
    """mp4, mkv, avi, mov, ts, rtsp or dicom."""
    codec: str
    width: int
    height: int
    declared_rate_hz: float | None
    """Rate that the source claims; None when it claims none or an impossible one. Never trusted for time."""
    duration_seconds: float | None
    num_frames: int | None


class FrameReader(Protocol):
    """An open source; iterate it for its frames, close it when done."""

    media: MediaInfo
    num_decoded: int
    """Frames decoded, damaged ones included."""
    num_damaged: int
    """Frames that were concealed or lost because their data was wrong."""
    num_skipped: int
    """Frames decoded but not handed over because a live source had fallen too far behind."""

    def __iter__(self) -> Iterator[DecodedFrame]:
        """Yield frames in order of presentation.

        Raises:
            SourceLost: a live source went away or fell silent.
        """

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
