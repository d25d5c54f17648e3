import json
import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from models.results import Result
from stream.bus import Bus
from stream.embedded import EmbeddedServer
from stream.errors import BrokerUnavailable
from stream.frames.files import FileFrameStore
from stream.messages import InferenceResult
from stream.queue.account import Account, ClipAccount
from stream.queue.request_queue import RequestQueue
from stream.queue.result_feed import ResultFeed
from stream.queue.status_board import StatusBoard
from stream.settings import WorkerSettings
from stream.work.chunk_cache import ChunkReader
from stream.worker import run_worker
from tests.stream.fed_source import FedSource
from tests.stream.service_thread import service_thread
from tests.stream.small_predictors import POISON, MeanBrightness, NotANumber, Raising, SmallMemory
from tests.waiting import wait_until

ONE_PROGRAM = pytest.mark.parametrize("embedded_url", ["valkey"], indirect=True)
"""For what does not depend on the server's program."""
SETTINGS = WorkerSettings(lease_seconds=1.0, max_wait_seconds=0.02, max_backlog_clips=1000)


@pytest.fixture
def store(tmp_path: Path) -> FileFrameStore:
    return FileFrameStore(tmp_path / "frames")


@pytest.fixture
def queue(bus: Bus) -> RequestQueue:
    return RequestQueue(bus)


@contextmanager
def running_worker(
    bus: Bus,
    store: ChunkReader,
    *predictors: MeanBrightness,
    worker_id: str = "w1",
    settings: WorkerSettings = SETTINGS,
) -> Iterator[threading.Event]:
    with service_thread(run_worker, bus, store, predictors, worker_id=worker_id, settings=settings) as stop:
        yield stop


def account_of(bus: Bus, source_id: str) -> ClipAccount:
    return next(account for account in Account(bus).clips() if account.source_id == source_id)


def wait_until_settled(bus: Bus) -> None:
    wait_until(lambda: all(account.in_flight == 0 for account in Account(bus).clips()))


def results_of(bus: Bus, source_id: str) -> list[InferenceResult]:
    results = ResultFeed(bus).read("0", count=100_000, block_seconds=0)
    return [result for _, result in results if result.source_id == source_id]


def ids(results: list[InferenceResult]) -> list[tuple[int, int]]:
    return [(result.epoch, result.clip_index) for result in results]


def test_worker_scores_every_clip_in_order_across_epochs(bus: Bus, queue: RequestQueue, store: FileFrameStore) -> None:
    sources = [FedSource(queue, store, f"cam{i}") for i in range(3)]
    with running_worker(bus, store, MeanBrightness()):
        for turn in range(30):
            for source in sources:
                if turn == 15:
                    source.epoch, source.next_index = queue.start_epoch(source.source_id), 0
                source.produce()
        wait_until_settled(bus)
    for source in sources:
        results = results_of(bus, source.source_id)
        assert ids(results) == source.journal
        assert all(result.result["scores"][1] == result.clip_index % 200 / 255 for result in results)
        account = account_of(bus, source.source_id)
        assert account.is_closed
        assert account.scored == account.produced == len(source.journal)


@ONE_PROGRAM
def test_result_carries_what_the_request_and_the_card_say(bus: Bus, queue: RequestQueue, store: FileFrameStore) -> None:
    request = FedSource(queue, store, "cam").produce()
    with running_worker(bus, store, MeanBrightness()):
        wait_until_settled(bus)
    (result,) = results_of(bus, "cam")
    assert (result.start_seconds, result.end_seconds) == (0.0, pytest.approx(0.2))
    assert (result.captured_at, result.produced_at) == (request.captured_at, request.produced_at)
    assert result.finished_at >= request.produced_at
    assert (result.worker_id, result.weights_sha256, result.deliveries) == ("w1", "f00d", 1)
    assert ResultFeed(bus).latest("cam", "brightness") == result


@ONE_PROGRAM
def test_clips_of_several_sources_share_batches(bus: Bus, queue: RequestQueue, store: FileFrameStore) -> None:
    sources = [FedSource(queue, store, f"cam{i}") for i in range(8)]
    for source in sources:
        source.produce()
    predictor = MeanBrightness(max_batch_size=4)
    with running_worker(bus, store, predictor):
        wait_until_settled(bus)
    assert predictor.batch_sizes == [4, 4]


@ONE_PROGRAM
def test_a_model_nobody_serves_is_left_alone(bus: Bus, queue: RequestQueue, store: FileFrameStore) -> None:
    served, other = FedSource(queue, store, "cam"), FedSource(queue, store, "cam", model="unknown")
    served.produce()
    other.produce()
    with running_worker(bus, store, MeanBrightness()):
        wait_until(lambda: len(results_of(bus, "cam")) == 1)
    accounts = {account.model: account for account in Account(bus).clips()}
    assert accounts["brightness"].scored == 1
    assert accounts["unknown"].in_flight == 1


@pytest.mark.parametrize(("kind", "reason"), [(Raising, "no layer expects"), (NotANumber, "not JSON compliant")])
def test_clip_that_fails_is_buried_after_three_deliveries_and_stops_no_other(
    bus: Bus, queue: RequestQueue, store: FileFrameStore, kind: type[MeanBrightness], reason: str
) -> None:
    source, other = FedSource(queue, store, "cam"), FedSource(queue, store, "other")
    for index in range(8):
        source.produce(brightness=POISON if index == 2 else None)
        other.produce()
    with running_worker(bus, store, kind("brightness")):
        wait_until_settled(bus)
    assert ids(results_of(bus, "cam")) == [clip for clip in source.journal if clip[1] != 2]
    assert ids(results_of(bus, "other")) == other.journal
    (dead,) = queue.dead_clips("cam")
    assert dead.deliveries == 3
    assert reason in dead.reason
    assert json.loads(dead.request)["clip_index"] == 2
    assert account_of(bus, "cam").dead == 1
    assert account_of(bus, "cam").is_closed


@ONE_PROGRAM
def test_batch_that_does_not_fit_is_halved_without_counting_a_delivery(
    bus: Bus, queue: RequestQueue, store: FileFrameStore
) -> None:
    source = FedSource(queue, store, "cam")
    for _ in range(8):
        source.produce()
    predictor = SmallMemory(max_batch_size=8)
    with running_worker(bus, store, predictor):
        wait_until_settled(bus)
    assert ids(results_of(bus, "cam")) == source.journal
    assert {result.deliveries for result in results_of(bus, "cam")} == {1}
    assert predictor.batch_sizes == [2, 2, 2, 2]


def test_clip_whose_frames_are_gone_is_dropped_at_once(bus: Bus, queue: RequestQueue, store: FileFrameStore) -> None:
    source = FedSource(queue, store, "cam")
    for index in range(3):
        source.produce()
        if index == 1:
            store.remove_source("cam")
    with running_worker(bus, store, MeanBrightness()):
        wait_until_settled(bus)
    account = account_of(bus, "cam")
    assert (account.scored, account.dropped) == (1, {"frames_gone": 2})
    assert account.is_closed


def test_clip_past_its_deadline_is_dropped_without_running_the_model(
    bus: Bus, queue: RequestQueue, store: FileFrameStore
) -> None:
    FedSource(queue, store, "late", deadline_seconds=-1.0).produce()
    FedSource(queue, store, "fresh").produce()
    predictor = MeanBrightness()
    with running_worker(bus, store, predictor):
        wait_until_settled(bus)
    assert account_of(bus, "late").dropped == {"late": 1}
    assert sum(predictor.batch_sizes) == 1


@ONE_PROGRAM
def test_clip_that_grows_old_in_hand_is_dropped_too(bus: Bus, queue: RequestQueue, store: FileFrameStore) -> None:
    source = FedSource(queue, store, "cam", deadline_seconds=1.4)
    for _ in range(4):
        source.produce()
    predictor = MeanBrightness(max_batch_size=2, seconds_per_clip=0.8)
    with running_worker(bus, store, predictor):
        wait_until_settled(bus)
    account = account_of(bus, "cam")
    assert (account.scored, account.dropped) == (2, {"late": 2})


def test_entry_that_is_no_clip_is_buried_and_the_worker_lives(
    bus: Bus, queue: RequestQueue, store: FileFrameStore
) -> None:
    source = FedSource(queue, store, "cam")
    source.produce()
    for index, fields in enumerate(
        [{"request": b"\xff\x00 not json"}, {"nothing": b"x"}, {"request": b'{"type":"Event","schema_version":1}'}]
    ):
        bus.client.xadd("live:cam:brightness", fields, id=f"{source.epoch}-{100 + index}")
    source.next_index = 200
    source.produce()
    with running_worker(bus, store, MeanBrightness()):
        wait_until_settled(bus)
    assert ids(results_of(bus, "cam")) == source.journal
    assert len(queue.dead_clips("cam")) == account_of(bus, "cam").dead == 3
    assert account_of(bus, "cam").imbalance == -3  # nobody produced them: the account shows foreign entries


@ONE_PROGRAM
def test_overlapping_clips_read_a_chunk_once(bus: Bus, queue: RequestQueue, store: FileFrameStore) -> None:
    reads: Counter[str] = Counter()

    class CountingStore:
        def get_chunk(self, source_id: str, chunk_id: str) -> np.ndarray:
            reads[chunk_id] += 1
            return store.get_chunk(source_id, chunk_id)

    source = FedSource(queue, store, "cam")
    first = source.make_request()
    queue.produce([replace(first, clip_index=index) for index in range(6)])
    with running_worker(bus, CountingStore(), MeanBrightness()):
        wait_until_settled(bus)
    assert len(results_of(bus, "cam")) == 6
    assert reads == {first.chunk_ids[0]: 1}


@ONE_PROGRAM
def test_frame_server_that_is_away_costs_a_clip_nothing_within_its_deadline(
    bus: Bus, queue: RequestQueue, store: FileFrameStore
) -> None:
    num_calls = 0

    class AwayForAWhile:
        def get_chunk(self, source_id: str, chunk_id: str) -> np.ndarray:
            nonlocal num_calls
            num_calls += 1
            if num_calls < 5 or source_id == "late":
                raise BrokerUnavailable("the frame server must answer")
            return store.get_chunk(source_id, chunk_id)

    late, source = FedSource(queue, store, "late", deadline_seconds=1.5), FedSource(queue, store, "cam")
    for fed in (late, source, source):
        fed.produce()
    with running_worker(bus, AwayForAWhile(), MeanBrightness()):
        wait_until_settled(bus)
    assert {result.deliveries for result in results_of(bus, "cam")} == {1}
    assert ids(results_of(bus, "cam")) == source.journal
    assert account_of(bus, "late").dropped == {"frames_gone": 1}


@ONE_PROGRAM
def test_worker_that_hangs_loses_its_streams_to_another_and_changes_nothing_later(
    bus: Bus, queue: RequestQueue, store: FileFrameStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stream.work.lease_keeper.STUCK_AFTER_SECONDS", 0.5)
    may_go_on = threading.Event()

    class Hanging(MeanBrightness):
        def predict(self, prepared: Sequence[float]) -> list[Result]:
            may_go_on.wait(20)
            return super().predict(prepared)

    source = FedSource(queue, store, "cam")
    source.produce()
    with running_worker(bus, store, Hanging(), worker_id="hanging"):
        wait_until(lambda: bus.client.xpending("live:cam:brightness", "workers")["pending"] == 1)
        with running_worker(bus, store, MeanBrightness(), worker_id="healthy"):
            wait_until_settled(bus)
            may_go_on.set()
            source.produce()
            wait_until(lambda: len(results_of(bus, "cam")) == 2)
    assert ids(results_of(bus, "cam")) == source.journal
    assert results_of(bus, "cam")[0].worker_id == "healthy"
    assert account_of(bus, "cam").is_closed


def test_worker_told_to_stop_while_the_server_is_away_stops(own_server: EmbeddedServer, store: FileFrameStore) -> None:
    bus = Bus.connect(own_server.start())
    source = FedSource(RequestQueue(bus), store, "cam")
    with running_worker(bus, store, MeanBrightness(seconds_per_clip=0.3)) as stop:
        source.produce()
        wait_until(lambda: bus.client.xlen("live:cam:brightness") == 1)
        wait_until(lambda: bus.client.get("lease:cam:brightness") is not None)
        kill(own_server)
        stop.set()
        stopped_at = time.monotonic()
    assert time.monotonic() - stopped_at < 5.0


@ONE_PROGRAM
def test_worker_reports_itself_and_leaves_the_board_when_it_ends(
    bus: Bus, queue: RequestQueue, store: FileFrameStore
) -> None:
    source = FedSource(queue, store, "cam")
    source.produce()
    board = StatusBoard(bus)
    with running_worker(bus, store, MeanBrightness()):
        wait_until(lambda: "w1" in board.workers() and board.workers()["w1"].clips_scored == 1)
        status = board.workers()["w1"]
    assert (status.models, status.sources, status.errors) == (("brightness",), ("cam",), {})
    assert 0 < status.batch_fill <= 1
    assert board.workers() == {}


@ONE_PROGRAM
def test_stopped_worker_ends_what_it_holds_and_gives_its_leases_back(
    bus: Bus, queue: RequestQueue, store: FileFrameStore
) -> None:
    source = FedSource(queue, store, "cam")
    predictor = MeanBrightness(max_batch_size=2, seconds_per_clip=0.1)
    with running_worker(bus, store, predictor) as stop:
        for _ in range(20):
            source.produce()
        wait_until(lambda: len(results_of(bus, "cam")) >= 2)
        stop.set()
    account = account_of(bus, "cam")
    assert account.in_flight > 0  # what was not in hand waits for another worker
    assert bus.client.xpending("live:cam:brightness", "workers")["pending"] == 0
    assert bus.client.get("lease:cam:brightness") is None
    assert account.is_closed


@ONE_PROGRAM
def test_worker_that_joins_takes_over_some_sources_in_order(
    bus: Bus, queue: RequestQueue, store: FileFrameStore
) -> None:
    sources = [FedSource(queue, store, f"cam{i}") for i in range(6)]

    def produce_for_a_while(turns: int) -> None:
        for _ in range(turns):
            for source in sources:
                source.produce()
            time.sleep(0.02)

    with running_worker(bus, store, MeanBrightness(), worker_id="w1"):
        produce_for_a_while(20)
        with running_worker(bus, store, MeanBrightness(), worker_id="w2"):
            wait_until(lambda: len({status.sources for status in StatusBoard(bus).workers().values()}) == 2)
            wait_until(lambda: bool(StatusBoard(bus).workers()["w2"].sources))
            produce_for_a_while(30)
            wait_until_settled(bus)
        produce_for_a_while(20)
        wait_until_settled(bus)
    workers = Counter(result.worker_id for source in sources for result in results_of(bus, source.source_id))
    assert set(workers) == {"w1", "w2"}
    for source in sources:
        results = results_of(bus, source.source_id)
        assert ids(results) == source.journal
        assert {result.deliveries for result in results} == {1}  # handed over, not snatched
        assert account_of(bus, source.source_id).is_closed


@pytest.mark.slow
@ONE_PROGRAM
def test_overload_drops_the_oldest_fairly_and_keeps_results_young(
    bus: Bus, queue: RequestQueue, store: FileFrameStore
) -> None:
    rates_hz = {"a": 20, "b": 20, "c": 20, "d": 10}
    sources = {name: FedSource(queue, store, name, deadline_seconds=1.0) for name in rates_hz}
    settings = SETTINGS.model_copy(update={"max_backlog_clips": 6})
    seconds, began_at = 6.0, time.monotonic()
    due = dict.fromkeys(rates_hz, began_at)
    with running_worker(bus, store, MeanBrightness(max_batch_size=2, seconds_per_clip=0.04), settings=settings):
        while (now := time.monotonic()) < began_at + seconds:
            for name, rate_hz in rates_hz.items():
                if due[name] <= now:
                    sources[name].produce()
                    due[name] += 1 / rate_hz
            time.sleep(0.005)
        wait_until_settled(bus)
    losses = {}
    for name, source in sources.items():
        account = account_of(bus, name)
        assert account.is_closed
        assert account.produced == len(source.journal)
        losses[name] = sum(account.dropped.values()) / account.produced
        results = results_of(bus, name)
        assert ids(results) == sorted(ids(results))
        assert max(result.finished_at - result.captured_at for result in results) < 1.0 + 0.5
        assert results[-1].clip_index >= source.next_index - 10  # the newest were scored, the oldest went
    assert min(losses.values()) > 0.3
    assert max(losses.values()) / min(losses.values()) <= 1.2, losses


def test_worker_waits_for_a_server_that_is_down_at_start_and_in_the_middle(
    own_server: EmbeddedServer, store: FileFrameStore, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "stream")
    url = own_server.start()
    bus = Bus.connect(url)
    source = FedSource(RequestQueue(bus), store, "cam")
    source.produce()
    kill(own_server)
    with running_worker(bus, store, MeanBrightness(seconds_per_clip=0.05)):
        time.sleep(0.5)
        num_threads = threading.active_count()
        own_server.start()
        wait_until(lambda: len(results_of(bus, "cam")) == 1)
        for _ in range(20):
            source.produce()
        kill(own_server)  # with clips in hand
        time.sleep(3.0)
        assert threading.active_count() <= num_threads + 4
        own_server.start()
        for _ in range(5):
            source.produce()
        wait_until_settled(bus)
    assert ids(results_of(bus, "cam")) == source.journal
    assert account_of(bus, "cam").is_closed
    assert sum("waiting for the server" in record.message for record in caplog.records) <= 8


def kill(server: EmbeddedServer) -> None:
    process = psutil.Process(server.process_id)
    process.kill()
    wait_until(lambda: not server.is_running)


@ONE_PROGRAM
def test_worker_without_predictors_is_refused(bus: Bus, store: FileFrameStore) -> None:
    with pytest.raises(ValueError, match="needs predictors with different names"):
        run_worker(bus, store, [], worker_id="w", settings=SETTINGS, stop=threading.Event())
    with pytest.raises(ValueError, match="needs predictors with different names"):
        run_worker(
            bus, store, [MeanBrightness(), MeanBrightness()], worker_id="w", settings=SETTINGS, stop=threading.Event()
        )
