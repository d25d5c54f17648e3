"""What every reader of a source offers: its medium, its frames, and counts of what happened to them."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from types import TracebackType
from typing import Literal, Protocol, Self

from stream.closing import Closing
from stream.sources.frame import DecodedFrame

SourceKind = Literal["file", "rtsp", "dicom"]

_SANE_RATES_HZ = (0.01, 1000.0)


@dataclass(frozen=True)
class MediaInfo:
    """What a source says of itself, checked as far as its header and first picture allow."""

    kind: SourceKind
    container: str
    """mp4, mkv, avi, mov, ts, rtsp or dicom."""
    codec: str
    width: int
    """Pixels, as seen: after rotation, with square pixels."""
    height: int
    declared_rate_hz: float | None
    """Rate that the source claims; None when it claims none or an impossible one. Never trusted for time."""
    duration_seconds: float | None
    num_frames: int | None


class FrameReader(Protocol):
    """An open source; iterate it for its frames, close it when done."""

    @property
    def media(self) -> MediaInfo: ...

    @property
    def num_decoded(self) -> int:
        """Frames decoded, concealed ones included."""

    @property
    def num_damaged(self) -> int:
        """Frames concealed, or packets lost, because their data was wrong."""

    @property
    def num_skipped(self) -> int:
        """Frames decoded but not handed over because a live source had fallen too far behind."""

    @property
    def is_slower_than_real_time(self) -> bool:
        """True while a live source cannot be decoded as fast as it plays."""

    def __iter__(self) -> Iterator[DecodedFrame]:
        """Yield frames in order of presentation.

        Raises:
            SourceLost: a camera went away or fell silent.
        """

    def close(self) -> None:
        """Release the source; more than once does no harm."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class ClosingReader(Closing):
    """What readers share: they skip nothing unless they say so, and close at the end of a `with`."""

    media: MediaInfo
    num_skipped: int = 0
    is_slower_than_real_time: bool = False


class PeekedReader(ClosingReader):
    """A reader that has its first frame when it is open: before, nobody knows what the source is like."""

    _first: DecodedFrame | None
    _frames: Iterator[DecodedFrame]
    """Those after the first."""

    def __iter__(self) -> Iterator[DecodedFrame]:
        if self._first is not None:
            first, self._first = self._first, None
            yield first
        yield from self._frames


def sane_rate(rate_hz: Fraction | float | None) -> float | None:
    """Return the declared rate, or None where it is missing or impossible."""
    least, most = _SANE_RATES_HZ
    return float(rate_hz) if rate_hz and least <= rate_hz <= most else None
