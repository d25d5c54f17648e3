"""Groups clips by model into batches: a full one at once, a partial one when its oldest clip has waited enough."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

Item = TypeVar("Item")

NUM_BATCHES_HELD = 2
"""One that the device runs and one that is prepared meanwhile."""


class Batcher(Generic[Item]):
    """Clips that wait for their batch, in the order in which they came; the clock is the caller's."""

    def __init__(self, max_batch_sizes: Mapping[str, int], max_wait_seconds: float) -> None:
        self._max_batch_sizes = dict(max_batch_sizes)
        self._max_wait_seconds = max_wait_seconds
        self._waiting: dict[str, deque[tuple[float, Item]]] = {model: deque() for model in max_batch_sizes}

    def add(self, model: str, item: Item, now: float) -> None:
        self._waiting[model].append((now, item))

    def room(self, model: str) -> int:
        """Return how many more clips of a model are wanted: a batch to run and one to prepare."""
        return max(0, NUM_BATCHES_HELD * self._max_batch_sizes[model] - len(self._waiting[model]))

    def next_batch(self, now: float, *, at_once: bool = False) -> list[Item]:
        """Take out the batch that is due, the longest waiting first; an empty list when none is.

        Args:
            now: time on the clock of `add`.
            at_once: take a partial batch even when it could still wait.
        """
        due = [model for model, items in self._waiting.items() if items and (at_once or self._due_at(model) <= now)]
        if not due:
            return []
        model = min(due, key=lambda name: self._waiting[name][0][0])
        items = self._waiting[model]
        return [items.popleft()[1] for _ in range(min(len(items), self._max_batch_sizes[model]))]

    def seconds_until_due(self, now: float) -> float | None:
        """Return how long until `next_batch` gives something if nothing more comes; None when nothing waits."""
        due_at = [self._due_at(model) for model, items in self._waiting.items() if items]
        return max(0.0, min(due_at) - now) if due_at else None

    def keep_only(self, is_wanted: Callable[[Item], bool]) -> None:
        """Forget the other items."""
        for model, items in self._waiting.items():
            self._waiting[model] = deque(entry for entry in items if is_wanted(entry[1]))

    def __iter__(self) -> Iterator[Item]:
        return (item for items in self._waiting.values() for _, item in items)

    def _due_at(self, model: str) -> float:
        items = self._waiting[model]
        if len(items) >= self._max_batch_sizes[model]:
            return items[0][0]
        return items[0][0] + self._max_wait_seconds
