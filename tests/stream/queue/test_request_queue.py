import random
import time
from dataclasses import replace
from pathlib import Path

import pytest

from stream.bus import Bus
from stream.errors import BrokerUnavailable
from stream.frames.files import FileFrameStore
from stream.keys import RequestStream
from stream.messages import InferenceRequest, InferenceResult
from stream.queue.account import Account, ClipAccount
from stream.queue.deliveries import Delivery
from stream.queue.leases import Leases
from stream.queue.request_queue import BACKLOG_WITHOUT_WORKERS, EPOCH_ZERO, RequestQueue
from stream.queue.result_feed import ResultFeed
from tests.stream.fed_source import FedSource

STREAM = RequestStream("cam", "brightness")


@pytest.fixture
def queue(bus: Bus) -> RequestQueue:
    return RequestQueue(bus)


@pytest.fixture
def source(queue: RequestQueue, tmp_path: Path) -> FedSource:
    return FedSource(queue, FileFrameStore(tmp_path), "cam")


def account(bus: Bus) -> ClipAccount:
    return Account(bus).clips()[0]


def hold(bus: Bus, consumer: str = "w1", stream: RequestStream = STREAM) -> str:
    return Leases(bus, consumer, 60.0).hold([stream])[stream]


def deliver(queue: RequestQueue, count: int, consumer: str = "w1", max_backlog: int = 1000) -> list[Delivery]:
    return list(queue.deliver(consumer, [STREAM], count=count, max_backlog=max_backlog).deliveries)


def result_of(request: InferenceRequest, score: float = 0.5) -> InferenceResult:
    return InferenceResult(
        source_id=request.source_id,
        model=request.model,
        epoch=request.epoch,
        clip_index=request.clip_index,
        result={"kind": "measurement", "name": "brightness", "value": score, "unit": "1"},
        start_seconds=0.0,
        end_seconds=0.2,
        captured_at=request.captured_at,
        produced_at=request.produced_at,
        finished_at=time.time(),
        worker_id="w1",
    )


def test_epochs_rise_and_outlive_the_memory_of_the_server(bus: Bus, queue: RequestQueue) -> None:
    epochs = [queue.start_epoch("cam") for _ in range(3)]
    assert epochs == sorted(set(epochs))
    bus.client.flushall()  # all is lost, and the clock has gone on
    bus.client.set("epoch:cam", 5)
    assert queue.start_epoch("cam") >= int(time.time()) - EPOCH_ZERO - 1


def test_epochs_rise_when_the_clock_was_set_back(bus: Bus, queue: RequestQueue, source: FedSource) -> None:
    ahead = int(time.time()) - EPOCH_ZERO + 10_000
    bus.client.set("epoch:cam", ahead)
    assert queue.start_epoch("cam") == ahead + 1
    source.epoch = ahead + 500
    source.produce()
    assert queue.start_epoch("cam") == ahead + 501


def test_repeated_clip_is_refused_and_not_counted(bus: Bus, queue: RequestQueue, source: FedSource) -> None:
    first, second = source.make_request(), replace(source.make_request(), clip_index=1)
    assert queue.produce([first]) == 1
    assert queue.produce([first, second]) == 1
    assert queue.produce([first, second]) == 0
    assert (account(bus).produced, account(bus).in_flight) == (2, 2)


def test_clips_of_several_streams_are_produced_in_one_call(bus: Bus, queue: RequestQueue, source: FedSource) -> None:
    clip = source.make_request()
    clips = [replace(clip, source_id=f"cam{i}", model=model) for i in range(3) for model in ("a", "b")]
    assert queue.produce(clips) == 6
    assert [stream.name for stream in queue.streams()] == ["cam0:a", "cam0:b", "cam1:a", "cam1:b", "cam2:a", "cam2:b"]
    assert queue.produce([]) == 0


def test_clips_pile_up_to_a_bound_when_nobody_takes_them(bus: Bus, source: FedSource) -> None:
    for _ in range(BACKLOG_WITHOUT_WORKERS + 10):
        source.produce(max_backlog=BACKLOG_WITHOUT_WORKERS)
    assert (account(bus).in_flight, account(bus).dropped) == (BACKLOG_WITHOUT_WORKERS, {"no_worker": 10})


def test_clips_that_a_living_worker_cannot_keep_up_with_are_dropped_for_overload(bus: Bus, source: FedSource) -> None:
    source.produce()
    hold(bus)
    for _ in range(9):
        source.produce(max_backlog=4)
    assert (account(bus).in_flight, account(bus).dropped) == (4, {"overload": 6})


def test_shedding_drops_the_oldest_undelivered_and_leaves_held_clips_alone(
    bus: Bus, queue: RequestQueue, source: FedSource
) -> None:
    for _ in range(10):
        source.produce()
    hold(bus)
    held = deliver(queue, 3)
    assert queue.shed("cam", "brightness", 4) == 3
    assert queue.shed("cam", "brightness", 4) == 0
    assert [delivery.request.clip_index for delivery in deliver(queue, 10)] == [6, 7, 8, 9]
    assert queue.finish(held[0], result_of(held[0].request))
    assert (account(bus).dropped, account(bus).is_closed) == ({"overload": 3}, True)
    assert queue.shed("nobody", "nothing", 0) == 0


def test_only_the_holder_of_the_lease_is_given_clips(bus: Bus, queue: RequestQueue, source: FedSource) -> None:
    source.produce()
    assert deliver(queue, 1) == []
    assert hold(bus, "w1") == "taken"
    assert hold(bus, "w2") == "refused"
    assert deliver(queue, 1, "w2") == []
    assert len(deliver(queue, 1, "w1")) == 1


def test_streams_take_turns_in_the_order_named(bus: Bus, queue: RequestQueue, source: FedSource) -> None:
    streams = [RequestStream(name, "brightness") for name in ("b", "a")]
    clip = source.make_request()
    queue.produce([replace(clip, source_id=s.source_id, clip_index=i) for s in streams for i in range(3)])
    for stream in streams:
        hold(bus, stream=stream)
    found = queue.deliver("w1", streams, count=4)
    assert [(d.stream.source_id, d.request.clip_index) for d in found.deliveries] == [
        ("b", 0),
        ("b", 1),
        ("a", 0),
        ("a", 1),
    ]


def test_late_clips_are_dropped_before_delivery(bus: Bus, queue: RequestQueue, source: FedSource) -> None:
    source.deadline_seconds = -1.0
    source.produce()
    source.produce()
    source.deadline_seconds = 60.0
    source.produce()
    hold(bus)
    found = queue.deliver("w1", [STREAM], count=5)
    assert [delivery.request.clip_index for delivery in found.deliveries] == [2]
    assert found.dropped == {STREAM: 2}
    assert account(bus).dropped == {"late": 2}


def test_waiting_ends_with_the_next_clip(bus: Bus, queue: RequestQueue, source: FedSource) -> None:
    source.produce()
    hold(bus)
    positions = queue.deliver("w1", [STREAM], count=1).positions
    assert not queue.wait(positions, 0.02)
    source.produce()
    assert queue.wait(positions, 5.0)


def test_a_clip_ends_once(bus: Bus, queue: RequestQueue, source: FedSource) -> None:
    source.produce()
    hold(bus)
    (delivery,) = deliver(queue, 1)
    assert queue.finish(delivery, result_of(delivery.request))
    assert not queue.finish(delivery, result_of(delivery.request))
    assert not queue.drop(delivery, "late")
    assert not queue.bury(delivery, "why not")
    assert queue.redeliver(delivery) is None
    assert len(ResultFeed(bus).recent(10)) == 1
    assert account(bus) == ClipAccount("cam", "brightness", 1, 1, {}, 0, 0)


def test_whoever_lost_the_lease_ends_nothing(bus: Bus, queue: RequestQueue, source: FedSource) -> None:
    for _ in range(3):
        source.produce()
    hold(bus, "w1")
    held = deliver(queue, 2, "w1")
    bus.client.delete(STREAM.lease_key)  # as when it runs out
    assert hold(bus, "w2") == "taken"
    assert queue.end([]) == []
    assert not any(queue.finish(delivery, result_of(delivery.request)) for delivery in held)
    assert queue.redeliver(held[0]) is None
    taken = [queue.claim("w2", STREAM) for _ in range(1)]
    assert taken[0] is not None
    assert (taken[0].request.clip_index, taken[0].deliveries) == (0, 2)
    assert queue.finish(taken[0], result_of(taken[0].request))
    assert bus.client.xinfo_consumers(STREAM.key, "workers")[0]["name"] == b"w2"  # w1 is forgotten
    assert len(bus.client.xinfo_consumers(STREAM.key, "workers")) == 1


def test_lease_that_ran_out_unnoticed_costs_no_result(bus: Bus, queue: RequestQueue, source: FedSource) -> None:
    source.produce()
    hold(bus, "w1")
    (delivery,) = deliver(queue, 1, "w1")
    bus.client.delete(STREAM.lease_key)
    assert queue.finish(delivery, result_of(delivery.request))


def test_claiming_goes_through_unfinished_clips_in_order(bus: Bus, queue: RequestQueue, source: FedSource) -> None:
    for _ in range(3):
        source.produce()
    hold(bus, "w1")
    deliver(queue, 3)
    order = []
    while delivery := queue.claim("w1", STREAM):
        order.append((delivery.request.clip_index, delivery.deliveries))
        queue.finish(delivery, result_of(delivery.request))
    assert order == [(0, 2), (1, 2), (2, 2)]


def test_clip_deleted_behind_our_backs_is_passed_over_and_missed(
    bus: Bus, queue: RequestQueue, source: FedSource
) -> None:
    first = source.produce()
    source.produce()
    hold(bus)
    deliver(queue, 2)
    bus.client.xdel(STREAM.key, first.entry_id)
    delivery = queue.claim("w1", STREAM)
    assert delivery is not None
    assert delivery.request.clip_index == 1
    assert account(bus).imbalance == 1


def test_dead_clips_are_kept_with_their_reason_up_to_a_number_and_all_counted(
    bus: Bus, queue: RequestQueue, source: FedSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stream.queue.request_queue.MAX_DEAD_CLIPS", 100)
    clip = source.make_request()
    queue.produce([replace(clip, clip_index=index) for index in range(250)], max_backlog=250)
    hold(bus)
    for delivery in deliver(queue, 250):
        assert queue.bury(delivery, f"reason {delivery.request.clip_index}")
    dead = queue.dead_clips("cam", limit=1000)
    assert dead[0].reason == "reason 249"
    assert 100 <= len(dead) < 250
    assert account(bus).dead == 250


def test_result_with_a_number_that_is_none_is_refused(bus: Bus, queue: RequestQueue, source: FedSource) -> None:
    source.produce()
    hold(bus)
    (delivery,) = deliver(queue, 1)
    with pytest.raises(ValueError, match="not JSON compliant"):
        queue.finish(delivery, result_of(delivery.request, score=float("nan")))
    assert account(bus).in_flight == 1


def test_age_of_the_queue_is_that_of_its_oldest_clip(bus: Bus, queue: RequestQueue, source: FedSource) -> None:
    clip = source.make_request()
    queue.produce([replace(clip, produced_at=time.time() - 5), replace(clip, clip_index=1)])
    (age,) = queue.ages()
    assert (age.source_id, age.model, age.in_flight) == ("cam", "brightness", 2)
    assert 5 <= age.oldest_seconds < 6
    bus.client.xadd(STREAM.key, {"junk": 1}, id=f"{clip.epoch + 1}-0")
    bus.client.xtrim(STREAM.key, maxlen=1, approximate=False)
    assert queue.ages()[0].oldest_seconds == 0


def test_full_server_refuses_new_clips_and_lets_old_ones_end(bus: Bus, queue: RequestQueue, source: FedSource) -> None:
    for _ in range(50):
        source.produce()
    hold(bus)
    deliveries = deliver(queue, 50)
    limit = bus.client.config_get("maxmemory")["maxmemory"]
    bus.client.config_set("maxmemory", 1_000_000)
    try:
        with pytest.raises(BrokerUnavailable, match="memory is used up"):
            source.produce()
        assert all(queue.finish(delivery, result_of(delivery.request)) for delivery in deliveries)
    finally:
        bus.client.config_set("maxmemory", limit)
    source.next_index = 51
    source.produce()
    assert account(bus).is_closed
    assert (account(bus).scored, account(bus).in_flight) == (50, 1)


@pytest.mark.parametrize("seed", range(5))
def test_account_closes_after_any_history(bus: Bus, queue: RequestQueue, source: FedSource, seed: int) -> None:
    """Random calls of every kind, by two consumers that lose and take the lease: nothing is lost, nothing twice."""
    choose = random.Random(seed)
    held: list[Delivery] = []
    visible = 0
    for _ in range(150):
        consumer = choose.choice(("w1", "w2"))
        action = choose.randrange(8)
        if action == 0:
            bus.client.delete(STREAM.lease_key)
            hold(bus, consumer)
        elif action == 1:
            held += deliver(queue, choose.randrange(3), consumer, max_backlog=20)
        elif action == 2 and (claimed := queue.claim(consumer, STREAM)):
            held.append(claimed)
        elif action == 3:
            queue.shed("cam", "brightness", choose.randrange(10, 20))
        elif action == 4 and held:
            visible += queue.finish(choose.choice(held), result_of(choose.choice(held).request))
        elif action == 5 and held:
            choose.choice((queue.drop, queue.bury))(choose.choice(held), "reason")
        else:
            source.produce()
        assert account(bus).is_closed if source.journal else True
    assert account(bus).produced == len(source.journal)
    assert account(bus).scored == visible == len(ResultFeed(bus).recent(1000))
