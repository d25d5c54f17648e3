import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from stream.errors import FramesGone
from stream.work.chunk_cache import ChunkCache


class SlowStore:
    """Chunks of 48 bytes; reading waits for leave, so that readers meet."""

    def __init__(self) -> None:
        self.reads: Counter[str] = Counter()
        self.may_read = threading.Event()
        self.may_read.set()

    def get_chunk(self, source_id: str, chunk_id: str) -> np.ndarray:
        self.reads[chunk_id] += 1
        self.may_read.wait(5)
        if chunk_id == "gone":
            raise FramesGone(f"chunk {chunk_id} of {source_id} is gone")
        return np.full((1, 4, 4, 3), int(chunk_id), np.uint8)


def test_chunk_is_read_once_while_it_is_kept() -> None:
    store = SlowStore()
    cache = ChunkCache(store, max_bytes=96)
    for chunk_id in ("1", "2", "1", "2"):
        assert cache.get("cam", chunk_id).max() == int(chunk_id)
    assert store.reads == {"1": 1, "2": 1}


def test_chunk_used_longest_ago_goes_first() -> None:
    store = SlowStore()
    cache = ChunkCache(store, max_bytes=96)
    for chunk_id in ("1", "2", "1", "3", "1", "2"):
        cache.get("cam", chunk_id)
    assert store.reads == {"1": 1, "2": 2, "3": 1}


def test_number_of_small_chunks_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stream.work.chunk_cache.MAX_CHUNKS", 2)
    store = SlowStore()
    cache = ChunkCache(store)
    for chunk_id in ("1", "2", "3", "3", "1"):
        cache.get("cam", chunk_id)
    assert store.reads == {"1": 2, "2": 1, "3": 1}


def test_readers_of_one_chunk_wait_for_one_reading() -> None:
    store = SlowStore()
    store.may_read.clear()
    cache = ChunkCache(store)
    with ThreadPoolExecutor(4) as pool:
        readings = [pool.submit(cache.get, "cam", "7") for _ in range(4)]
        store.may_read.set()
        assert {int(reading.result().max()) for reading in readings} == {7}
    assert store.reads == {"7": 1}


def test_missing_chunk_is_asked_for_again() -> None:
    store = SlowStore()
    cache = ChunkCache(store)
    for _ in range(2):
        with pytest.raises(FramesGone, match="chunk gone of cam is gone"):
            cache.get("cam", "gone")
    assert store.reads == {"gone": 2}
