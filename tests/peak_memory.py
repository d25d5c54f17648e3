"""How much memory Python and NumPy take at most while a block runs."""

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class PeakMemory:
    """Filled when the block ends."""

    num_bytes: int = 0


@contextmanager
def peak_memory() -> Iterator[PeakMemory]:
    peak = PeakMemory()
    tracemalloc.start()
    try:
        yield peak
    finally:
        peak.num_bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
