"""How a training run tells what it is at, and how far."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

Item = TypeVar("Item")


class Show(Protocol):
    """Shows how far one phase of a run is."""

    def __call__(self, done: int, total: int, note: str = "") -> None: ...


Phases = Callable[[str], AbstractContextManager[Show]]
"""Opens a phase of the run by its name."""


def shown(items: Sequence[Item], show: Show) -> Iterator[Item]:
    """Yield items, and after each of them show how many are done."""
    for done, item in enumerate(items, start=1):
        yield item
        show(done, len(items))
