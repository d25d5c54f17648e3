from collections.abc import Callable, Iterator

import pytest

from stream.bus import Bus
from stream.keys import GROUP, STREAMS, RequestStream
from stream.queue.leases import Leases, Membership
from stream.queue.request_queue import RequestQueue
from stream.work.lease_keeper import LeaseKeeper
from tests.waiting import wait_until

LEASE_SECONDS = 1.0

# What a keeper does beyond the scripts does not depend on the server's program.
pytestmark = pytest.mark.parametrize("embedded_url", ["valkey"], indirect=True)


@pytest.fixture
def streams(bus: Bus) -> list[RequestStream]:
    found = [RequestStream(f"cam{index}", "a") for index in range(8)] + [RequestStream("cam0", "unknown")]
    for stream in found:
        bus.client.xgroup_create(stream.key, GROUP, "0", mkstream=True)
        bus.client.sadd(STREAMS, stream.name)
    return found


@pytest.fixture
def keepers(bus: Bus) -> Iterator[Callable[[str], LeaseKeeper]]:
    """Makes and starts the keeper of a worker."""
    started: list[LeaseKeeper] = []

    def start(worker_id: str) -> LeaseKeeper:
        keeper = LeaseKeeper(
            RequestQueue(bus),
            Leases(bus, worker_id, LEASE_SECONDS),
            Membership(bus, worker_id, ["a"], LEASE_SECONDS),
            worker_id=worker_id,
            models=frozenset({"a"}),
            lease_seconds=LEASE_SECONDS,
            on_beat=lambda held: None,
        )
        keeper.start()
        started.append(keeper)
        return keeper

    yield start
    for keeper in started:
        keeper.stop()


def test_lone_worker_takes_every_stream_of_its_models_and_tells_of_each_once(
    streams: list[RequestStream], keepers: Callable[[str], LeaseKeeper]
) -> None:
    keeper, told = keepers("w1"), set()

    def are_all_held() -> bool:
        view = keeper.view()
        assert not told & view.taken
        told.update(view.taken)
        return view.held == set(streams[:8])

    wait_until(are_all_held)
    assert told == set(streams[:8])
    assert not keeper.view().leaving


def test_newcomer_is_given_its_share_and_nothing_is_held_twice(
    streams: list[RequestStream], keepers: Callable[[str], LeaseKeeper]
) -> None:
    first = keepers("w1")
    wait_until(lambda: len(first.view().held) == 8)
    second = keepers("w2")
    wait_until(lambda: bool(first.view().leaving))
    assert not second.view().held  # until the first lets go
    for stream in first.view().leaving:
        first.release(stream)
    wait_until(lambda: len(first.view().held) + len(second.view().held) == 8)
    assert not first.view().held & second.view().held


def test_stopped_worker_leaves_its_streams_free_at_once(
    bus: Bus, streams: list[RequestStream], keepers: Callable[[str], LeaseKeeper]
) -> None:
    keeper = keepers("w1")
    wait_until(lambda: len(keeper.view().held) == 8)
    keeper.stop()
    assert not list(bus.client.scan_iter("lease:*"))
    assert Membership(bus, "w2", ["a"], 1.0).attend() == {"w2": {"a"}}


def test_forgotten_source_is_let_go(
    bus: Bus, streams: list[RequestStream], keepers: Callable[[str], LeaseKeeper]
) -> None:
    keeper = keepers("w1")
    wait_until(lambda: len(keeper.view().held) == 8)
    bus.client.delete(streams[0].key, streams[0].lease_key)
    bus.client.srem(STREAMS, streams[0].name)
    wait_until(lambda: keeper.view().held == set(streams[1:8]))


def test_worker_whose_keeper_has_died_is_told(keepers: Callable[[str], LeaseKeeper]) -> None:
    keeper = keepers("w1")
    keeper.stop()
    with pytest.raises(RuntimeError, match="the thread that renews its leases has ended"):
        keeper.view()
