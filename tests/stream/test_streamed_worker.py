"""A worker that keeps the state of its sources: killed in the middle, it costs no clip and changes no score."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from stream.bus import Bus
from stream.embedded import EmbeddedServer
from stream.frames.files import FileFrameStore
from stream.messages import InferenceResult
from stream.queue.account import Account
from stream.queue.request_queue import RequestQueue
from stream.queue.result_feed import ResultFeed
from stream.settings import WorkerSettings
from stream.worker import run_worker
from tests.stream.service_thread import service_thread
from tests.stream.streamed import StreamedSource, scores_of_unbroken_run, streamed_classifier
from tests.stream.test_worker_faults import wait_until

TOLERANCE = 1e-4
"""Between a run that was broken off and rebuilt, and one that was not."""
MOST_SECONDS = 150.0


def make_video(num_frames: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (num_frames, 16, 20, 3), np.uint8)


def results_of(bus: Bus, source: StreamedSource) -> list[InferenceResult]:
    found = [result for _, result in ResultFeed(bus).read("0", count=10_000, block_seconds=0)]
    return [result for result in found if result.source_id == source.source_id]


def assert_nothing_lost(bus: Bus, source: StreamedSource) -> None:
    """Every clip of the journal has exactly one result, in order, with the score of the unbroken run."""
    results = results_of(bus, source)
    assert [(result.epoch, result.clip_index) for result in results] == source.journal
    expected = scores_of_unbroken_run(source.video)
    assert np.ptp(np.array(expected), axis=0).max() > 100 * TOLERANCE  # the clips do differ
    np.testing.assert_allclose([result.result["scores"] for result in results], expected, atol=TOLERANCE)
    assert all(account.is_closed and account.produced == account.scored for account in Account(bus).clips())


@contextmanager
def worker_process(url: str, directory: Path, worker_id: str) -> Iterator["subprocess.Popen[bytes]"]:
    module = [sys.executable, "-m", "tests.stream.worker_process", url, str(directory / "frames"), worker_id]
    with (directory / f"{worker_id}.log").open("wb") as log:
        process = subprocess.Popen([*module, "streamed", f"--parent={os.getpid()}", "--lease-seconds=1"], stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


@pytest.mark.slow
@pytest.mark.timeout(500)
def test_a_worker_killed_in_the_middle_of_a_stream_loses_nothing_and_changes_no_score(
    own_server: EmbeddedServer, tmp_path: Path
) -> None:
    url = own_server.start()
    bus, store = Bus.connect(url), FileFrameStore(tmp_path / "frames")
    sources = [StreamedSource(RequestQueue(bus), store, f"cam{seed}", make_video(330, seed)) for seed in range(2)]
    with worker_process(url, tmp_path, "w1") as w1, worker_process(url, tmp_path, "w2") as w2:
        for _ in range(6):
            for source in sources:
                source.produce(30)
        wait_until(lambda: all(len(results_of(bus, source)) >= 3 for source in sources), MOST_SECONDS)
        victim = results_of(bus, sources[0])[-1].worker_id
        {"w1": w1, "w2": w2}[victim].send_signal(signal.SIGKILL)
        for _ in range(5):
            for source in sources:
                source.produce(30)
        wait_until(lambda: all(len(results_of(bus, s)) == len(s.journal) for s in sources), MOST_SECONDS)
    assert {result.worker_id for result in results_of(bus, sources[0])} == {"w1", "w2"}
    for source in sources:
        assert_nothing_lost(bus, source)
    bus.close()


@contextmanager
def worker_thread(bus: Bus, store: FileFrameStore, worker_id: str) -> Iterator[None]:
    settings = WorkerSettings(max_wait_seconds=0.02, max_backlog_clips=10_000, lease_seconds=1.0)
    with service_thread(run_worker, bus, store, [streamed_classifier()], worker_id=worker_id, settings=settings):
        yield


def test_live_results_are_those_of_the_batch_path_and_a_moved_source_goes_on(
    own_server: EmbeddedServer, tmp_path: Path
) -> None:
    url = own_server.start()
    bus, store = Bus.connect(url), FileFrameStore(tmp_path / "frames")
    source = StreamedSource(RequestQueue(bus), store, "cam0", make_video(260, seed=7))
    for worker_id in ("w1", "w2"):
        with worker_thread(bus, store, worker_id):
            source.produce(130)
            wait_until(lambda: len(results_of(bus, source)) == len(source.journal), MOST_SECONDS)
    assert_nothing_lost(bus, source)
    lags = {round(result.lag_seconds, 3) for result in results_of(bus, source)}
    assert max(lags) == 1.92  # 48 frames at 25 a second: the algorithm's, apart from the system's
    warming_up = [result.result["is_warming_up"] for result in results_of(bus, source)]
    assert warming_up == [index < 3 for _, index in source.journal]
    bus.close()


def test_frames_that_are_gone_cost_their_clips_and_begin_a_new_segment(
    own_server: EmbeddedServer, tmp_path: Path
) -> None:
    url = own_server.start()
    bus, store = Bus.connect(url), FileFrameStore(tmp_path / "frames")
    source = StreamedSource(RequestQueue(bus), store, "cam0", make_video(400, seed=8))
    source.produce(200)
    time.sleep(0.01)
    store.prune("cam0", older_than_seconds=0.0)  # all frames so far
    source.produce(200)
    with worker_thread(bus, store, "w1"):
        wait_until(lambda: not any(account.in_flight for account in Account(bus).clips()), MOST_SECONDS)
    account = Account(bus).clips()[0]
    assert account.is_closed
    assert account.dropped["frames_gone"] > 0
    assert account.scored > 0
    results = results_of(bus, source)
    assert [(result.epoch, result.clip_index) for result in results] == source.journal[-len(results) :]
    assert results[0].result["is_warming_up"]
    assert not results[-1].result["is_warming_up"]
    bus.close()
