"""How many take part in an event: what a model measured at its clips, taken together."""

from collections import deque
from collections.abc import Sequence

from models.mobility import PERSONNEL, count_over
from models.results import Classification

LONGEST_SECONDS = 600.0
"""Of an event, only so much of its end is counted: no activity takes so long."""


class PeopleCount:
    """Remembers what was measured of late, so that an event can be given its number when it is known.

    Args:
        labels: Those whose events are counted.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = frozenset(labels)
        self._measured: deque[tuple[float, float]] = deque()

    def add(self, centre_seconds: float, classification: Classification) -> None:
        """Take what a clip says; clips come in order of time."""
        if not self._labels:
            return
        values = [one.value for one in classification.measurements if one.name == PERSONNEL]
        self._measured.extend((centre_seconds, value) for value in values)
        while self._measured and self._measured[0][0] < centre_seconds - LONGEST_SECONDS:
            self._measured.popleft()

    def count(self, label: str, start_seconds: float, end_seconds: float) -> int | None:
        """Return how many take part in an event of a label, or None when that was not measured."""
        if label not in self._labels:
            return None
        values = [value for seconds, value in self._measured if start_seconds <= seconds <= end_seconds]
        return count_over(values) if values else None

    def snapshot(self) -> list[list[float]]:
        """Return the state as plain JSON values."""
        return [list(pair) for pair in self._measured]

    def restore(self, snapshot: Sequence[Sequence[float]]) -> None:
        """Take on the state that `snapshot` returned."""
        self._measured = deque((seconds, value) for seconds, value in snapshot)
