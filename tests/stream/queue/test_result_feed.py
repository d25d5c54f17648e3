import threading
import time

import pytest

from stream.bus import Bus
from stream.messages import InferenceResult
from stream.queue.result_feed import KEPT_SECONDS, ResultFeed


def result(index: int) -> InferenceResult:
    return InferenceResult("cam", "m", 1, index, {"kind": "x"}, 0.0, 1.0, 1.0, 1.0, 2.0, "w1")


def publish(bus: Bus, *indices: int, entry_id: str = "*") -> None:
    for index in indices:
        bus.client.xadd("results", {"record": result(index).encode()}, id=entry_id)


def test_reader_goes_on_where_it_stopped(bus: Bus) -> None:
    feed = ResultFeed(bus)
    assert feed.read("0", block_seconds=0) == []
    publish(bus, 0, 1, 2)
    first = feed.read("0", count=2)
    assert [item.clip_index for _, item in first] == [0, 1]
    assert [item.clip_index for _, item in feed.read(first[-1][0])] == [2]
    assert feed.newest_id() == feed.read("0")[-1][0]


def test_reader_waits_for_the_next_result(bus: Bus) -> None:
    feed = ResultFeed(bus)
    began_at = time.monotonic()
    assert feed.read("0", block_seconds=0.05) == []
    assert time.monotonic() - began_at >= 0.04
    assert feed.newest_id() == "0"
    publisher = threading.Timer(0.1, publish, (bus, 7))
    publisher.start()
    assert [item.clip_index for _, item in feed.read("$", block_seconds=1.5)] == [7]
    publisher.join()


def test_recent_results_come_newest_first(bus: Bus) -> None:
    publish(bus, *range(5))
    assert [item.clip_index for item in ResultFeed(bus).recent(3)] == [4, 3, 2]


def test_nothing_is_latest_before_the_first_result(bus: Bus) -> None:
    assert ResultFeed(bus).latest("cam", "m") is None


@pytest.mark.parametrize("payload", [b"\xff", b"{}"])
def test_result_that_cannot_be_read_is_left_out(bus: Bus, payload: bytes) -> None:
    bus.client.xadd("results", {"record": payload})
    bus.client.xadd("results", {"other": payload})
    publish(bus, 1)
    assert [item.clip_index for _, item in ResultFeed(bus).read("0")] == [1]


def test_reader_waits_behind_results_that_cannot_be_read(bus: Bus) -> None:
    feed = ResultFeed(bus)
    for _ in range(3):
        bus.client.xadd("results", {"record": b"no result"})
    assert feed.read("0", count=3, block_seconds=0.05) == []
    began_at = time.monotonic()
    assert feed.read("0", count=3, block_seconds=0.05) == []
    assert time.monotonic() - began_at >= 0.04
    publish(bus, 1)
    assert [item.clip_index for _, item in feed.read("0", count=3)] == [1]


def test_trimming_keeps_the_last_hour_and_what_was_not_read(bus: Bus) -> None:
    feed = ResultFeed(bus)
    now_ms = int(time.time() * 1000)
    old_ms = now_ms - int(KEPT_SECONDS * 1000) - 60_000
    for index in range(1000):
        publish(bus, index, entry_id=f"{old_ms + index}-0")
    assert feed.trim(f"{old_ms + 500}-0") <= 500
    kept = [item.clip_index for _, item in feed.read("0", count=2000)]
    assert kept[-1] == 999
    assert 0 < kept[0] <= 500
    publish(bus, 1000)
    feed.trim(f"{now_ms + 60_000}-0")
    assert bus.client.xlen("results") < 200  # trimmed in whole blocks
    assert feed.recent(1)[0].clip_index == 1000
