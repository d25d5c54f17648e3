"""Work done once for a frame, remembered for the clips that overlap it."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Generic, Protocol, TypeVar


class _Array(Protocol):
    @property
    def nbytes(self) -> int: ...


Array = TypeVar("Array", bound=_Array)
"""NumPy's arrays, or PyTorch's tensors on any device."""


class FrameMemory(Generic[Array]):
    """The arrays last used, by key; safe to use from several threads.

    Results never depend on it: with a capacity of 0 everything is worked out anew.

    Args:
        capacity_bytes: Size of all arrays together; the ones longest unused make room.
    """

    def __init__(self, capacity_bytes: int) -> None:
        self._capacity_bytes = capacity_bytes
        self._used_bytes = 0
        self._arrays: OrderedDict[Hashable, Array] = OrderedDict()
        self._lock = threading.Lock()

    def recall(self, key: Hashable) -> Array | None:
        """Return the array remembered under the key, or None; it must not be written to."""
        with self._lock:
            if key not in self._arrays:
                return None
            self._arrays.move_to_end(key)
            return self._arrays[key]

    def remember(self, key: Hashable, array: Array) -> None:
        """Keep an array, which must own its numbers, and forget those longest unused when there is no room."""
        with self._lock:
            if key in self._arrays:
                self._used_bytes -= self._arrays.pop(key).nbytes
            self._arrays[key] = array
            self._used_bytes += array.nbytes
            while self._used_bytes > self._capacity_bytes:
                _, forgotten = self._arrays.popitem(last=False)
                self._used_bytes -= forgotten.nbytes

    def complete(
        self, keys: Sequence[Hashable | None], work_out: Callable[[Sequence[int]], Iterable[Array]]
    ) -> list[Array]:
        """Return one array a key: those that are remembered, and the others worked out together and remembered.

        Args:
            keys: None stands for an array that is not to be remembered.
            work_out: Is given the indices of the keys that are missing, at least one, rising; returns their arrays in
                that order, each owning its numbers.
        """
        arrays = [None if key is None else self.recall(key) for key in keys]
        missing = [index for index, array in enumerate(arrays) if array is None]
        for index, array in zip(missing, work_out(missing) if missing else (), strict=True):
            arrays[index] = array
            if (key := keys[index]) is not None:
                self.remember(key, array)
        return [array for array in arrays if array is not None]

    def __len__(self) -> int:
        return len(self._arrays)
