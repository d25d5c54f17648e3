"""An operation as training sees it: what its frames show, second by second, and what is true of each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

IGNORED = -100
"""Stands for a phase that is not known, or a step that is only padding."""


@dataclass(frozen=True, eq=False)
class OperationLabels:
    """The truth of one operation at one frame a second."""

    name: str
    phases: np.ndarray
    """Index of the phase, int64, (T,)."""
    tools: np.ndarray
    """1 for each instrument in the picture, float32, (T, number of instruments)."""

    @property
    def num_seconds(self) -> int:
        return len(self.phases)


@dataclass(frozen=True, eq=False)
class DescribedOperation:
    """An operation as the frame CNN described it."""

    labels: OperationLabels
    described: np.ndarray
    """float16, (T, numbers a frame)."""


def seconds_left(phases: np.ndarray) -> np.ndarray:
    """Return for each second how long its phase goes on after it, float32, (T,)."""
    left = np.ones(len(phases), np.float32)
    for index in range(len(phases) - 2, -1, -1):
        if phases[index] == phases[index + 1]:
            left[index] = left[index + 1] + 1
    return left


@dataclass(frozen=True, eq=False)
class Operation:
    """An operation to learn from: its labels, and its frames for whoever wants to look."""

    labels: OperationLabels
    frames: Callable[[], Iterator[np.ndarray]]
    """Yields the frame of each second, as the network sees it, uint8 RGB (H, W, 3)."""
