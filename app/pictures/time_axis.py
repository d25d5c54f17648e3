"""Where the marks of an axis go, and how a time is written."""

import math
from dataclasses import dataclass

import numpy as np

_TIME_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)


@dataclass(frozen=True)
class TimeAxis:
    """A span of media time laid out from left to right."""

    start_seconds: float
    end_seconds: float
    left: float
    """Where the span starts, in pixels."""
    right: float

    @property
    def marks(self) -> list[float]:
        return time_marks(self.start_seconds, self.end_seconds, max_marks=14)

    @property
    def unit(self) -> str:
        """How times are written along this axis, in words."""
        if self.end_seconds < 60:
            return "seconds"
        return "minutes:seconds" if self.end_seconds < 3600 else "hours:minutes:seconds"

    def x(self, seconds: float) -> float:
        """Return where a time lies, in pixels."""
        return float(self.xs(np.asarray(seconds)))

    def xs(self, seconds: np.ndarray) -> np.ndarray:
        """Return where times lie, in pixels."""
        share = (seconds - self.start_seconds) / (self.end_seconds - self.start_seconds)
        return np.asarray(self.left + share * (self.right - self.left))

    def name(self, seconds: float, *, decimals: int) -> str:
        """Write a time in the form that the whole axis has."""
        return format_time(seconds, longest=self.end_seconds, decimals=decimals)


def time_marks(start_seconds: float, end_seconds: float, *, max_marks: int) -> list[float]:
    """Return round times within the span, evenly spaced."""
    span = max(end_seconds - start_seconds, 1e-6)
    step = next((step for step in _TIME_STEPS if span / step <= max_marks), 3600 * math.ceil(span / 3600 / max_marks))
    return _multiples(step, start_seconds, end_seconds)


def value_marks(highest: float, *, max_marks: int = 4) -> list[float]:
    """Return round values from 0 up to the first one that is not below the highest."""
    rough = max(highest, 1e-9) / max_marks
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
    return [index * step for index in range(math.ceil(highest / step - 1e-9) + 1)]


def format_time(seconds: float, *, longest: float | None = None, decimals: int = 0) -> str:
    """Write a time as 7 s, 1:05 or 1:02:05, in the form that the `longest` time beside it needs."""
    longest = max(abs(seconds), longest or 0.0)
    if longest < 60:
        return f"{seconds:.{decimals}f} s"
    width = 3 + decimals if decimals else 2
    minutes, rest = divmod(round(seconds, decimals), 60)
    hours, minutes = divmod(int(minutes), 60)
    tail = f"{minutes:02d}:{rest:0{width}.{decimals}f}"
    return f"{hours}:{tail}" if longest >= 3600 else tail.removeprefix("0")


def _multiples(step: float, low: float, high: float) -> list[float]:
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(float(index * step), 6) for index in range(first, last + 1)]
