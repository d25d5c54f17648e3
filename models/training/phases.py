"""How a training run tells what it is at, and how far."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol


class Show(Protocol):
    """Shows how far one phase of a run is."""

    def __call__(self, done: int, total: int, note: str = "") -> None: ...


Phases = Callable[[str], AbstractContextManager[Show]]
"""Opens a phase of the run by its name."""
