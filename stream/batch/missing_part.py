"""What a video lacks of the length that it declares: a copy that broke off is not mistaken for a whole video."""

from dataclasses import dataclass

from stream.batch.wire import Ended
from stream.sources.reader import MediaInfo

TOLERATED_SECONDS = 0.5
TOLERATED_SHARE = 0.05
"""Honest containers round, and count sound that outlasts the picture: less than either of these is no loss."""


@dataclass(frozen=True)
class MissingPart:
    """The end of a video that its header declares and that could not be decoded."""

    start_seconds: float
    """Media time, counted from the first frame, at which decoding ended."""
    end_seconds: float
    """Length that was to be expected."""

    def __str__(self) -> str:
        return f"ends at {self.start_seconds:.1f} s of the declared {self.end_seconds:.1f} s"


def missing_part(media: MediaInfo, ended: Ended, *, wanted_seconds: float | None = None) -> MissingPart | None:
    """Return what is missing at the end of a video, or None where it is complete or declares no length.

    A video of which nearly all declared frames came is complete, however long its last picture stands.

    Args:
        media: what the video says of itself.
        ended: how its decoding ended.
        wanted_seconds: how much of it was asked for; None: all.
    """
    if media.duration_seconds is None:
        return None
    expected = min(media.duration_seconds, wanted_seconds or media.duration_seconds)
    lacking = expected - ended.duration_seconds
    if lacking <= max(TOLERATED_SECONDS, TOLERATED_SHARE * expected) or _has_its_frames(media, ended):
        return None
    return MissingPart(ended.duration_seconds, media.duration_seconds)


def _has_its_frames(media: MediaInfo, ended: Ended) -> bool:
    return bool(media.num_frames) and ended.num_frames >= (1 - TOLERATED_SHARE) * (media.num_frames or 0)
