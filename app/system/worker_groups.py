"""Which workers serve which models: a model that comes later gets workers of its own, so that no source waits."""

from collections.abc import Iterator, Set
from dataclasses import dataclass


@dataclass(frozen=True)
class WorkerGroup:
    """Workers that serve the same models."""

    models: tuple[str, ...]
    numbers: tuple[int, ...]
    """Of its workers; no number is used twice."""


class WorkerGroups:
    """Follows the models that sources name.

    The models known at the start share their workers. A worker is never restarted because a source
    names another model: loading it takes seconds in which every other source would be blind.
    """

    def __init__(self, *, num_workers: int) -> None:
        """`num_workers`: of every group."""
        self._num_workers = num_workers
        self._num_started = 0
        self._groups: list[WorkerGroup] = []

    def follow(self, wanted: Set[str]) -> list[WorkerGroup]:
        """Return the groups that should run for these models, at least; one that nobody wants any more is gone."""
        self._groups = [group for group in self._groups if wanted & set(group.models)]
        new = wanted - {name for group in self._groups for name in group.models}
        if new and self._num_workers:
            self._groups.append(WorkerGroup(tuple(sorted(new)), tuple(self._take_numbers())))
        return list(self._groups)

    def _take_numbers(self) -> Iterator[int]:
        for _ in range(self._num_workers):
            yield self._num_started
            self._num_started += 1
