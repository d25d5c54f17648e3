"""Decoded chunks of frames that a worker keeps, so that overlapping clips read each of them once."""

import threading
from collections import OrderedDict
from concurrent.futures import Future
from typing import Protocol

import numpy as np

DEFAULT_MAX_BYTES = 256 * 2**20
MAX_CHUNKS = 256
"""A chunk of the file store is a mapped file and costs a descriptor."""


class ChunkReader(Protocol):
    """The part of a frame store that reads."""

    def get_chunk(self, source_id: str, chunk_id: str) -> np.ndarray:
        """Return uint8 RGB frames, shape (N, H, W, 3).

        Raises:
            FramesGone: the chunk is not there any more.
        """


class ChunkCache:
    """The chunks used last, up to a number of bytes and of chunks; safe to use from several threads."""

    def __init__(self, frame_store: ChunkReader, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        self._frame_store = frame_store
        self._max_bytes = max_bytes
        self._num_bytes = 0
        self._lock = threading.Lock()
        self._chunks: OrderedDict[tuple[str, str], np.ndarray] = OrderedDict()
        self._reading: dict[tuple[str, str], Future[np.ndarray]] = {}

    def get(self, source_id: str, chunk_id: str) -> np.ndarray:
        """Return the frames of a chunk, (N, H, W, 3) uint8: do not write to them.

        Threads that want the same chunk at the same time wait for one reading of it.

        Raises:
            FramesGone: neither the cache nor the store has the chunk.
        """
        key = (source_id, chunk_id)
        with self._lock:
            if key in self._chunks:
                self._chunks.move_to_end(key)
                return self._chunks[key]
            reading, is_ours = self._reading.get(key), False
            if reading is None:
                reading, is_ours = Future(), True
                self._reading[key] = reading
        if is_ours:
            self._read(key, reading)
        return reading.result()

    def _read(self, key: tuple[str, str], reading: Future[np.ndarray]) -> None:
        try:
            frames = self._frame_store.get_chunk(*key)
        except BaseException as error:
            with self._lock:
                del self._reading[key]
            reading.set_exception(error)
            return
        with self._lock:
            del self._reading[key]
            self._keep(key, frames)
        reading.set_result(frames)

    def _keep(self, key: tuple[str, str], frames: np.ndarray) -> None:
        self._chunks[key] = frames
        self._num_bytes += frames.nbytes
        while self._chunks and (self._num_bytes > self._max_bytes or len(self._chunks) > MAX_CHUNKS):
            _, oldest = self._chunks.popitem(last=False)
            self._num_bytes -= oldest.nbytes
