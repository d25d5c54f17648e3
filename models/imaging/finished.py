"""Carries work that tells its progress to its end."""

from collections.abc import Generator
from typing import Any, TypeVar

Answer = TypeVar("Answer")


def finish(work: Generator[Any, None, Answer]) -> Answer:
    """Return what a generator returns, whatever it says on its way."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            answer: Answer = end.value
            return answer
