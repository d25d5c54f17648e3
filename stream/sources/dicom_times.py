"""When the frames of a cine were taken, from whichever of DICOM's four ways the file uses."""

import itertools
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass

from pydicom.dataset import Dataset

logger = logging.getLogger(__name__)

TIME_TAGS = ("FrameIncrementPointer", "FrameTime", "FrameTimeVector", "RecommendedDisplayFrameRate", "CineRate")
_ASSUMED_RATE_HZ = 30.0
_SANE_FRAME_SECONDS = (0.0001, 60.0)
_FRAME_TIME_VECTOR = 0x00181065


@dataclass(frozen=True)
class FrameTimes:
    """Media time of every frame."""

    frame_seconds: float
    """Time from one frame to the next; the mean where it varies."""
    is_declared: bool = True
    """False when the file says nothing of time and a rate had to be assumed."""
    vector_seconds: tuple[float, ...] = ()

    def pts_seconds(self, index: int) -> float:
        """Return the time of a frame from the start of the cine."""
        return self.vector_seconds[index] if index < len(self.vector_seconds) else index * self.frame_seconds


def read_times(dataset: Dataset, num_frames: int) -> FrameTimes:
    """Return the frame times that a header declares.

    FrameTimeVector counts where FrameIncrementPointer names it or nothing else is there; then FrameTime, then the
    recommended display rate, then CineRate.

    Source: DICOM PS3.3, C.7.6.5 (Cine) and C.7.6.6 (Multi-frame).
    """
    vector = _vector(dataset, num_frames)
    frame_seconds = _positive(dataset, "FrameTime", lambda milliseconds: milliseconds / 1000)
    is_vector_named = _FRAME_TIME_VECTOR in _numbers(dataset, "FrameIncrementPointer")
    if vector and (is_vector_named or frame_seconds is None):
        return FrameTimes(vector[-1] / (num_frames - 1), vector_seconds=vector)
    for seconds in (
        frame_seconds,
        _positive(dataset, "RecommendedDisplayFrameRate", lambda rate_hz: 1 / rate_hz),
        _positive(dataset, "CineRate", lambda rate_hz: 1 / rate_hz),
    ):
        if seconds is not None:
            return FrameTimes(seconds)
    logger.warning("cine tells no frame times: %g frames a second assumed", _ASSUMED_RATE_HZ)
    return FrameTimes(1 / _ASSUMED_RATE_HZ, is_declared=False)


def _vector(dataset: Dataset, num_frames: int) -> tuple[float, ...]:
    """Return the times that FrameTimeVector adds up to, or nothing where it cannot be right."""
    steps = [milliseconds / 1000 for milliseconds in _numbers(dataset, "FrameTimeVector")]
    if len(steps) != num_frames or min(steps[1:]) <= 0:
        return ()
    return tuple(itertools.accumulate(steps[1:], initial=0.0))


def _positive(dataset: Dataset, keyword: str, to_seconds: Callable[[float], float]) -> float | None:
    values = _numbers(dataset, keyword)
    if not values or values[0] <= 0:
        return None
    least, most = _SANE_FRAME_SECONDS
    seconds = to_seconds(values[0])
    return seconds if least <= seconds <= most else None


def _numbers(dataset: Dataset, keyword: str) -> list[float]:
    """Return the finite numbers of an element; none if it is missing or one of them is no number."""
    try:
        value = dataset.get(keyword)
        if value is None:
            return []
        values = [float(item) for item in (value if hasattr(value, "__iter__") else [value])]
    except (TypeError, ValueError, OverflowError):
        return []
    return values if all(math.isfinite(item) for item in values) else []
