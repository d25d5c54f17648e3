"""Stretches of media time: what true and found events, phases, stays and the use of instruments have in common."""

from collections.abc import Iterable
from typing import TypeVar


class TimeSpan:
    """Something that goes on from a start, which belongs to it, to an end, which does not."""

    start_seconds: float
    end_seconds: float

    @property
    def duration_seconds(self) -> float:
        return self.end_seconds - self.start_seconds

    def covers(self, seconds: float) -> bool:
        """Whether it goes on at that time."""
        return self.start_seconds <= seconds < self.end_seconds


AnySpan = TypeVar("AnySpan", bound=TimeSpan)


def span_at(spans: Iterable[AnySpan], seconds: float) -> AnySpan | None:
    """Return the first of the spans that goes on at that time, or None."""
    return next((span for span in spans if span.covers(seconds)), None)
