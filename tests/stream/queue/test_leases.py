import time
from collections import Counter

import pytest

from stream.bus import Bus
from stream.keys import GROUP, RequestStream
from stream.queue.leases import Leases, Membership, rightful_holder

STREAMS = [RequestStream(f"cam{i}", model) for i in range(200) for model in ("a", "b")]
STREAM = STREAMS[0]


@pytest.fixture
def stream(bus: Bus) -> RequestStream:
    bus.client.xgroup_create(STREAM.key, GROUP, "0", mkstream=True)
    return STREAM


def wait_until_held(bus: Bus, consumer: str, stream: RequestStream, seconds: float) -> float:
    began_at = time.monotonic()
    while Leases(bus, consumer, 60.0).hold([stream])[stream] == "refused":
        assert time.monotonic() < began_at + seconds
        time.sleep(0.005)
    return time.monotonic() - began_at


def test_lease_is_taken_once_kept_and_released(bus: Bus, stream: RequestStream) -> None:
    first, second = Leases(bus, "w1", 60.0), Leases(bus, "w2", 60.0)
    assert first.hold([stream]) == {stream: "taken"}
    assert first.hold([stream]) == {stream: "kept"}
    assert second.hold([stream]) == {stream: "refused"}
    second.release([stream])
    assert second.hold([stream]) == {stream: "refused"}
    first.release([stream])
    assert second.hold([stream]) == {stream: "taken"}


def test_lease_that_is_not_renewed_runs_out(bus: Bus, stream: RequestStream) -> None:
    Leases(bus, "w1", 0.2).hold([stream])
    assert wait_until_held(bus, "w2", stream, 5.0) >= 0.1
    assert Leases(bus, "w1", 0.2).hold([stream]) == {stream: "refused"}


def test_lease_on_nothing_is_refused(bus: Bus) -> None:
    assert Leases(bus, "w1", 1.0).hold([STREAM]) == {STREAM: "refused"}
    assert Leases(bus, "w1", 1.0).hold([]) == {}
    assert bus.client.exists(STREAM.lease_key) == 0


def test_live_workers_see_each_other_until_they_leave_or_fall_silent(bus: Bus) -> None:
    first, second = Membership(bus, "w1", ["a", "b"], 60.0), Membership(bus, "w2", ["a"], 0.05)
    assert first.attend() == {"w1": {"a", "b"}}
    assert second.attend() == {"w1": {"a", "b"}, "w2": {"a"}}
    time.sleep(0.06)
    assert first.attend() == {"w1": {"a", "b"}}
    second.attend()
    second.leave()
    assert first.attend() == {"w1": {"a", "b"}}


def test_streams_are_spread_evenly_and_a_source_stays_together() -> None:
    workers = {f"w{i}": frozenset({"a", "b"}) for i in range(4)}
    holders = {stream: rightful_holder(stream, workers) for stream in STREAMS}
    assert all(30 <= count / 2 <= 70 for count in Counter(holders.values()).values())
    assert all(holders[RequestStream(s.source_id, "a")] == holders[RequestStream(s.source_id, "b")] for s in STREAMS)


def test_only_the_streams_of_who_comes_or_goes_change_hands() -> None:
    three = {f"w{i}": frozenset({"a", "b"}) for i in range(3)}
    four = three | {"w3": frozenset({"a", "b"})}
    for stream in STREAMS:
        before, after = rightful_holder(stream, three), rightful_holder(stream, four)
        assert after in (before, "w3")


def test_stream_goes_to_a_worker_that_serves_its_model() -> None:
    workers = {"w1": frozenset({"a"}), "w2": frozenset({"b"})}
    assert {rightful_holder(stream, workers) for stream in STREAMS if stream.model == "a"} == {"w1"}
    assert rightful_holder(RequestStream("cam", "c"), workers) is None
