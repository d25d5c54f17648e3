"""Does the same work for many items on threads of one core each."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

from models.training.phases import Show

Item = TypeVar("Item")
Result = TypeVar("Result")


def side_by_side(
    work: Callable[[Item], Result], items: Sequence[Item], show: Show, *, num_threads: int
) -> list[Result]:
    """Return what the work made of each item, in their order."""
    results: list[Result] = []
    with ThreadPoolExecutor(num_threads, initializer=torch.set_num_threads, initargs=(1,)) as threads:
        for result in threads.map(work, items):
            results.append(result)
            show(len(results), len(items))
    return results
