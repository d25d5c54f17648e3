"""Real processes, real signals, at seeded random moments; the checker trusts only the producers' own journals."""

import itertools
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from stream.bus import Bus
from stream.embedded import EmbeddedServer
from stream.errors import BrokerUnavailable
from stream.frames.files import FileFrameStore
from stream.messages import InferenceResult
from stream.queue.account import Account
from stream.queue.request_queue import RequestQueue
from stream.queue.result_feed import ResultFeed
from tests import waiting
from tests.stream.fed_source import FedSource
from tests.stream.small_predictors import POISON

wait_until = partial(waiting.wait_until, despite=BrokerUnavailable)

NUM_TRIALS = 5
NUM_SOURCES = 4
CLIPS_A_SECOND = 10.0
SECONDS_PER_CLIP = 0.02
LEASE_SECONDS = 1.0
MOST_RECOVERY_SECONDS = 15.0
"""The bar of the fault plan; leases here are shorter than in service, so the figures are too."""


class Scene:
    """A server under load: sources that produce all the time, and worker processes that come and go."""

    def __init__(self, server: EmbeddedServer, directory: Path, *, times_produced: int = 1) -> None:
        self.server = server
        self.url = server.start()
        self.bus = Bus.connect(self.url)
        self.queue = RequestQueue(self.bus)
        self.directory = directory
        store = FileFrameStore(directory / "frames")
        self.sources = [FedSource(self.queue, store, f"cam{i}") for i in range(NUM_SOURCES)]
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        self._times_produced = times_produced
        self._numbers = itertools.count(1)
        self._stop = threading.Event()
        self._producing = threading.Thread(target=self._produce_all_the_time)
        self._log = (directory / "workers.log").open("wb")

    def start_worker(self, kind: str = "brightness") -> str:
        worker_id = f"w{next(self._numbers)}"
        options = [
            f"--parent={os.getpid()}",
            f"--seconds-per-clip={SECONDS_PER_CLIP}",
            f"--lease-seconds={LEASE_SECONDS}",
        ]
        command = [sys.executable, "-m", "tests.stream.worker_process", self.url, str(self.directory / "frames")]
        self.workers[worker_id] = subprocess.Popen([*command, worker_id, kind, *options], stderr=self._log)
        return worker_id

    def start_producing(self) -> None:
        self._producing.start()

    def settle(self) -> None:
        """Stop producing and wait until no clip is in flight."""
        self._stop.set()
        if self._producing.is_alive():
            self._producing.join()
        wait_until(lambda: not any(account.in_flight for account in Account(self.bus).clips()), 30)

    def close(self) -> None:
        self._stop.set()
        for worker in self.workers.values():
            worker.kill()
            worker.wait()
        if self._producing.is_alive():
            self._producing.join()
        self.bus.close()
        self._log.close()

    def results(self) -> list[InferenceResult]:
        return [result for _, result in ResultFeed(self.bus).read("0", count=1_000_000, block_seconds=0)]

    def holder_of(self, source: FedSource) -> str:
        return (self.bus.client.get(f"lease:{source.source_id}:{source.model}") or b"").decode().partition("/")[0]

    def sources_of(self, worker_id: str) -> set[str]:
        return {source.source_id for source in self.sources if self.holder_of(source) == worker_id}

    def wait_until_shared(self) -> None:
        """Wait until every source is held and every worker that lives holds one."""
        wait_until(lambda: all(self.sources_of(worker_id) for worker_id in self.workers), 15)

    def wait_for_results_after(self, moment: float, source_ids: set[str], not_by: str = "") -> float:
        """Wait until each source has a result finished after a moment; return how many seconds that took."""

        def are_back() -> bool:
            fresh = ResultFeed(self.bus).recent(400)
            found = {result.source_id for result in fresh if result.finished_at > moment and result.worker_id != not_by}
            return source_ids <= found

        wait_until(are_back, MOST_RECOVERY_SECONDS + 5)
        return time.time() - moment

    def check(self, capsys: pytest.CaptureFixture[str], what: str, recovery_seconds: list[float]) -> None:
        """Hold results and account against the journals; print the figures and require that nothing is amiss."""
        results = self.results()
        lost = duplicated = disordered = 0
        for source in self.sources:
            ids = [(result.epoch, result.clip_index) for result in results if result.source_id == source.source_id]
            dead = {tuple(map(int, clip.entry_id.split("-"))) for clip in self.queue.dead_clips(source.source_id)}
            lost += len(set(source.journal) - set(ids) - dead)
            duplicated += len(ids) - len(set(ids))
            disordered += sum(later < earlier for earlier, later in itertools.pairwise(ids))
            assert not set(ids) - set(source.journal), "a result of a clip that nobody produced"
        num_produced = sum(len(source.journal) for source in self.sources)
        again = sum(result.deliveries > 1 for result in results)
        recovery = ", ".join(f"{seconds:.2f}" for seconds in sorted(recovery_seconds))
        with capsys.disabled():
            sys.stdout.write(
                f"\n{what}: trials={len(recovery_seconds)} produced={num_produced} lost={lost} duplicated={duplicated} "
                f"out_of_order={disordered} delivered_again={again} recovery_seconds=[{recovery}]\n"
            )
        assert (lost, duplicated, disordered) == (0, 0, 0)
        assert max(recovery_seconds) < MOST_RECOVERY_SECONDS
        accounts = Account(self.bus).clips()
        assert sum(account.produced for account in accounts) == num_produced
        assert all(account.is_closed for account in accounts), accounts

    def _produce_all_the_time(self) -> None:
        while not self._stop.is_set():
            for source in self.sources:
                self._produce(source)
                self._stop.wait(1 / CLIPS_A_SECOND / NUM_SOURCES)

    def _produce(self, source: FedSource) -> None:
        """Produce a clip; a call that failed is repeated until the server answers, as an ingester would."""
        remaining = self._times_produced
        request = None
        while remaining and not (self._stop.is_set() and request is None):
            try:
                request = request or source.make_request()
                self.queue.produce([request], max_backlog=100_000)
                remaining -= 1
            except BrokerUnavailable:
                time.sleep(0.05)
        if request:
            source.journal.append((request.epoch, request.clip_index))
            source.next_index += 1


@pytest.fixture
def scene(own_server: EmbeddedServer, tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(own_server, tmp_path)
    yield scene
    scene.close()


@pytest.mark.slow
def test_killed_worker_costs_nothing_but_time(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    moments = random.Random(1)
    scene.start_worker()
    scene.start_worker()
    scene.start_producing()
    recovery_seconds = []
    for _ in range(NUM_TRIALS):
        scene.wait_until_shared()
        victim = moments.choice(sorted(scene.workers))
        time.sleep(moments.uniform(0.0, 0.3))
        orphans = scene.sources_of(victim)
        scene.workers[victim].send_signal(signal.SIGKILL)
        killed_at = time.time()
        scene.workers.pop(victim).wait()
        recovery_seconds.append(scene.wait_for_results_after(killed_at, orphans, not_by=victim))
        scene.start_worker()
    scene.settle()
    scene.check(capsys, "SIGKILL of a worker", recovery_seconds)


@pytest.mark.slow
def test_zombie_that_wakes_changes_nothing(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    moments = random.Random(2)
    scene.start_worker()
    scene.start_worker()
    scene.start_producing()
    recovery_seconds = []
    for _ in range(NUM_TRIALS):
        scene.wait_until_shared()
        zombie = moments.choice(sorted(scene.workers))
        time.sleep(moments.uniform(0.0, 0.3))
        orphans = scene.sources_of(zombie)
        scene.workers[zombie].send_signal(signal.SIGSTOP)
        stopped_at = time.time()
        recovery_seconds.append(scene.wait_for_results_after(stopped_at + 0.1, orphans, not_by=zombie))
        scene.workers[zombie].send_signal(signal.SIGCONT)
    scene.settle()
    scene.check(capsys, "SIGSTOP of a worker, SIGCONT after the claim", recovery_seconds)


@pytest.mark.slow
def test_killed_server_forgets_nothing_that_it_took(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    moments = random.Random(3)
    scene.start_worker()
    scene.start_worker()
    scene.start_producing()
    recovery_seconds = []
    for _ in range(NUM_TRIALS):
        time.sleep(moments.uniform(0.3, 1.0))
        os.kill(scene.server.process_id, signal.SIGKILL)
        killed_at = time.time()
        wait_until(lambda: not scene.server.is_running, 5)
        time.sleep(moments.uniform(0.0, 1.5))
        scene.server.start()
        everyone = {source.source_id for source in scene.sources}
        recovery_seconds.append(scene.wait_for_results_after(killed_at + 0.1, everyone))
    scene.settle()
    scene.check(capsys, "SIGKILL of the server, AOF everysec", recovery_seconds)


@pytest.mark.slow
def test_server_that_hangs_leaves_no_clip_behind(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    """Commands that timed out are still carried out when the server wakes: what they gave must be found again."""
    moments = random.Random(5)
    scene.start_worker()
    scene.start_worker()
    scene.start_producing()
    scene.wait_until_shared()
    recovery_seconds = []
    for _ in range(2):
        time.sleep(moments.uniform(0.2, 0.6))
        os.kill(scene.server.process_id, signal.SIGSTOP)
        time.sleep(moments.uniform(2.2, 3.0))  # longer than a command may take
        os.kill(scene.server.process_id, signal.SIGCONT)
        everyone = {source.source_id for source in scene.sources}
        recovery_seconds.append(scene.wait_for_results_after(time.time() + 0.1, everyone))
    scene.settle()
    scene.check(capsys, "SIGSTOP of the server for longer than the timeout", recovery_seconds)


@pytest.mark.slow
def test_clip_delivered_twice_has_one_result(
    own_server: EmbeddedServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scene, moments = Scene(own_server, tmp_path, times_produced=2), random.Random(4)
    try:
        scene.start_worker()
        scene.start_worker()
        scene.start_producing()
        scene.wait_until_shared()
        recovery_seconds = []
        for _ in range(NUM_TRIALS):
            time.sleep(moments.uniform(0.0, 0.3))
            stolen_at = time.time()
            for source in scene.sources:  # another consumer takes what workers hold, behind their backs
                key = f"live:{source.source_id}:{source.model}"
                held = scene.bus.client.xpending_range(key, "workers", "-", "+", 10)
                if held:
                    ids = [entry["message_id"] for entry in held]
                    scene.bus.client.xclaim(key, "workers", "thief", 0, ids)
            everyone = {source.source_id for source in scene.sources}
            recovery_seconds.append(scene.wait_for_results_after(stolen_at + 0.5, everyone))
        scene.settle()
        scene.check(capsys, "every clip produced twice, held clips stolen", recovery_seconds)
    finally:
        scene.close()


@pytest.mark.slow
def test_clip_that_kills_its_worker_is_buried_after_three_deliveries(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    source = scene.sources[0]
    for index in range(6):
        for each in scene.sources:
            each.produce(brightness=POISON if each is source and index == 2 else None)
    num_workers, began_at = 0, time.time()
    while not scene.queue.dead_clips(source.source_id):
        worker = scene.workers[scene.start_worker("crashing")]
        num_workers += 1
        wait_until(lambda: worker.poll() is not None or bool(scene.queue.dead_clips(source.source_id)), 20)  # noqa: B023
    scene.settle()
    (dead,) = scene.queue.dead_clips(source.source_id)
    assert (dead.entry_id, dead.deliveries, num_workers) == (f"{source.epoch}-2", 3, 4)
    assert [account.dead for account in Account(scene.bus).clips()] == [1, 0, 0, 0]
    scene.check(capsys, "a clip that kills its worker", [time.time() - began_at])


def test_account_of_a_server_that_lost_an_entry_does_not_close(scene: Scene) -> None:
    source = scene.sources[0]
    requests = [source.produce() for _ in range(3)]
    assert Account(scene.bus).clips()[0].is_closed
    scene.bus.client.xdel("live:cam0:brightness", requests[1].entry_id)
    (account,) = Account(scene.bus).clips()
    assert (account.imbalance, account.is_closed) == (1, False)
