"""One number over time that rests, then eases over to another value."""

from bisect import bisect_right

from models.simulation.easing import smooth


class EasedValue:
    """A value such as the angle of a backrest, from time 0 on."""

    def __init__(self, value: float) -> None:
        self.value = value
        """The value after everything set so far."""
        self._changes: list[tuple[float, float, float, float]] = []

    def change(self, start: float, end: float, value: float) -> None:
        """Go over to `value` between two times, which lie after those of earlier changes."""
        self._changes.append((start, end, self.value, value))
        self.value = value

    def value_at(self, seconds: float) -> float:
        """Return the value at that time."""
        index = bisect_right(self._changes, seconds, key=lambda change: change[0]) - 1
        if index < 0:
            return self._changes[0][2] if self._changes else self.value
        start, end, before, after = self._changes[index]
        share = min(max((seconds - start) / max(end - start, 1e-6), 0.0), 1.0)
        return before + smooth(share) * (after - before)
