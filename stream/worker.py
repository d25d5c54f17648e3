"""Scores clips: reads the streams it leases, batches them by model, publishes what the models say."""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from models.predictor import Predictor
from stream.bus import Bus
from stream.errors import BrokerUnavailable
from stream.jobs.job_desk import NoOffline, Offline
from stream.keys import RequestStream
from stream.queue.deliveries import Delivery, Ending
from stream.queue.fair_share import FairShare
from stream.queue.leases import Leases, Membership
from stream.queue.request_queue import RequestQueue
from stream.queue.status_board import StatusBoard
from stream.settings import WorkerSettings
from stream.work.batcher import Batcher
from stream.work.chunk_cache import ChunkReader
from stream.work.clip_runner import ClipRunner, Job
from stream.work.lease_keeper import LeaseKeeper, LeaseView
from stream.work.outage import Outage
from stream.work.worker_report import WorkerReport

logger = logging.getLogger(__name__)

IDLE_WAIT_SECONDS = 0.5
NO_STREAM_WAIT_SECONDS = 0.1
DRAIN_SECONDS = 2.0
"""How long a worker that is to stop goes on with the clips in its hand; what is left goes to others."""

Answer = TypeVar("Answer")


def run_worker(
    bus: Bus,
    frame_store: ChunkReader,
    predictors: Sequence[Predictor],
    *,
    worker_id: str,
    settings: WorkerSettings,
    stop: threading.Event,
    offline: Offline | None = None,
) -> None:
    """Score clips until `stop` is set; then end the clips in hand and give the leases back.

    While the server is away the worker waits and goes on when it is back.

    Args:
        bus: the server.
        frame_store: where the frames of the clips are.
        predictors: the models to serve; streams of other models are left alone.
        worker_id: name of this worker, unique among those that run.
        settings: limits and times.
        stop: set it from a signal handler or another thread.
        offline: what to do besides, while there is no clip to score; None: nothing.

    Raises:
        ValueError: there is nothing to do, two predictors bear one name, or the server may evict keys.
    """
    by_name = {predictor.name: predictor for predictor in predictors}
    if not (predictors or offline) or len(by_name) != len(predictors):
        raise ValueError(f"a worker needs predictors with different names, got {[item.name for item in predictors]}")
    _Worker(bus, frame_store, by_name, worker_id, settings, stop, offline or NoOffline()).run()


class _Worker:
    def __init__(
        self,
        bus: Bus,
        frame_store: ChunkReader,
        predictors: dict[str, Predictor],
        worker_id: str,
        settings: WorkerSettings,
        stop: threading.Event,
        offline: Offline,
    ) -> None:
        self._bus, self._settings, self._stop, self._worker_id = bus, settings, stop, worker_id
        self._offline = offline
        self._models = sorted(predictors)
        self._queue, self._board = RequestQueue(bus), StatusBoard(bus)
        self._report = WorkerReport(worker_id, settings.device, predictors)
        self._runner = ClipRunner(frame_store, predictors, worker_id=worker_id, report=self._report, stop=stop)
        sizes = {name: predictor.max_batch_size for name, predictor in predictors.items()}
        self._batcher: Batcher[Job] = Batcher(sizes, settings.max_wait_seconds)
        self._fair_share = FairShare()
        self._recovering: set[RequestStream] = set()
        self._outage = Outage(f"worker {worker_id}: clips")
        self._give_up_at = float("inf")
        # Fresh for every start: what an earlier process of this name was given is not ours by name alone.
        self._consumer = f"{worker_id}/{uuid.uuid4().hex[:12]}"
        self._keeper = LeaseKeeper(
            self._queue,
            Leases(bus, self._consumer, settings.lease_seconds),
            Membership(bus, worker_id, predictors, settings.lease_seconds),
            worker_id=worker_id,
            models=frozenset(predictors),
            lease_seconds=settings.lease_seconds,
            on_beat=lambda held: self._board.report_worker(self._report.status(held)),
        )

    def run(self) -> None:
        self._wait_for_server()
        logger.info("worker %s serves %s", self._worker_id, ", ".join(self._models) or "offline jobs")
        self._keeper.start()
        self._offline.start()
        try:
            while not self._stop.is_set():
                self._step()
            self._drain()
        except BrokerUnavailable as error:  # comes out only when the worker is to stop
            logger.warning("worker %s left the clips in its hand to others: %s", self._worker_id, error)
        finally:
            self._offline.stop()
            self._runner.close()
            self._keeper.stop()
            self._leave_board()
        logger.info("worker %s ended", self._worker_id)

    # One step: follow the leases, take up what others left, fetch new clips, run a batch or wait.

    def _step(self) -> None:
        positions: dict[RequestStream, str] = {}
        try:
            leases = self._keeper.view()
            self._follow(leases)
            if self._recover_one(leases.held):
                return
            positions = self._fetch(leases.held - leases.leaving - self._recovering)
        except BrokerUnavailable as error:
            # What was asked for may have been given all the same: look for it once the server is back.
            self._recovering |= self._keeper.view().held
            self._stop.wait(self._outage.failed(error))
        if jobs := self._batcher.next_batch(time.monotonic()):
            self._run(jobs)
        else:
            self._wait(positions)

    def _follow(self, leases: LeaseView) -> None:
        """Forget the clips of lost leases; release the leases that others should have when nothing is in hand."""
        self._recovering = (self._recovering | leases.taken) & leases.held
        self._batcher.keep_only(lambda job: job.delivery.stream in leases.held)
        self._fair_share.keep_only(leases.held)
        for stream in leases.leaving - self._streams_in_hand() - self._recovering:
            self._keeper.release(stream)

    def _recover_one(self, held: frozenset[RequestStream]) -> bool:
        """Run one clip that was given before and not ended, alone; return whether there was one.

        Claimed one by one, so that a clip that kills its worker raises the count of no other.
        """
        for stream in sorted((self._recovering & held) - self._streams_in_hand()):
            delivery = self._queue.claim(self._consumer, stream)
            if delivery is None:
                self._recovering.discard(stream)
            elif delivery.deliveries > self._settings.max_deliveries:
                self._bury(replace(delivery, deliveries=delivery.deliveries - 1), "its worker ended at each delivery")
                return True
            else:
                self._run([self._runner.take(delivery)])
                return True
        return False

    def _fetch(self, streams: frozenset[RequestStream]) -> dict[RequestStream, str]:
        """Take new clips into hand, as many as there is room for; return where to wait for more."""
        positions: dict[RequestStream, str] = {}
        for model in self._models:
            ordered = self._fair_share.order(stream for stream in streams if stream.model == model)
            room = self._batcher.room(model)
            if not ordered or not room:
                continue
            found = self._queue.deliver(
                self._consumer, ordered, count=room, max_backlog=self._settings.max_backlog_clips
            )
            self._outage.succeeded()
            if found.deliveries:
                self._offline.pause()
            for delivery in found.deliveries:
                self._batcher.add(model, self._runner.take(delivery), time.monotonic())
            for stream in ordered:
                given = sum(delivery.stream == stream for delivery in found.deliveries)
                self._fair_share.record(stream, given=given, dropped=found.dropped.get(stream, 0))
            positions |= found.positions
        return positions

    def _wait(self, positions: dict[RequestStream, str]) -> None:
        """Wait for a clip, for a batch that falls due, or a while."""
        due_seconds = self._batcher.seconds_until_due(time.monotonic())
        if due_seconds is None:
            self._offline.resume()
        seconds = IDLE_WAIT_SECONDS if due_seconds is None else min(due_seconds, IDLE_WAIT_SECONDS)
        if not positions:
            self._stop.wait(min(seconds, NO_STREAM_WAIT_SECONDS))
            return
        try:
            self._queue.wait(positions, seconds)
        except BrokerUnavailable as error:
            self._stop.wait(self._outage.failed(error))

    # Running clips, and ending them.

    def _run(self, jobs: Sequence[Job]) -> None:
        """Run clips of one model and end them in order; one that fails is tried again before later ones end."""
        self._offline.pause()
        endings: list[Ending] = []
        for job, outcome in zip(jobs, self._runner.outcomes(jobs), strict=True):
            if isinstance(outcome, Ending):
                endings.append(outcome)
            else:
                self._end(endings)
                endings = []
                self._try_again(job.delivery, outcome)
        self._end(endings)

    def _try_again(self, failed: Delivery, error: Exception) -> None:
        """Try a clip alone until it ends or has had its deliveries, each counted on the server before it begins."""
        while True:
            logger.warning("a clip failed: %s delivery=%d %r", _name(failed), failed.deliveries, error)
            self._report.add_error(type(error).__name__)
            if failed.deliveries >= self._settings.max_deliveries:
                self._bury(failed, f"{type(error).__name__}: {error}")
                return
            again = self._redeliver(failed)
            if again is None:
                return  # another worker's now
            outcome = self._runner.outcomes([self._runner.take(again)])[0]
            if isinstance(outcome, Ending):
                self._end([outcome])
                return
            failed, error = again, outcome

    def _redeliver(self, delivery: Delivery) -> Delivery | None:
        return self._patiently(lambda: self._queue.redeliver(delivery))

    def _bury(self, delivery: Delivery, reason: str) -> None:
        logger.error("gave a clip up: %s deliveries=%d %s", _name(delivery), delivery.deliveries, reason)
        self._patiently(lambda: self._queue.bury(delivery, reason))

    def _end(self, endings: Sequence[Ending]) -> None:
        if not endings:
            return
        counted = self._patiently(lambda: self._queue.end(endings))
        ours = [ending for ending, is_ours in zip(endings, counted, strict=True) if is_ours]
        self._report.add_scored(sum(ending.is_scored for ending in ours))
        if len(ours) < len(endings):
            logger.warning("%d of %d clips had ended or were another's", len(endings) - len(ours), len(endings))
            self._look_again(
                {ending.delivery.stream for ending in endings} - {ending.delivery.stream for ending in ours}
            )

    def _look_again(self, streams: set[RequestStream]) -> None:
        """Let go of leases under which a clip turned out not to be ours: taking them anew sets right who owns what."""
        for stream in streams:
            self._patiently(partial(self._keeper.release, stream))

    def _patiently(self, call: Callable[[], Answer]) -> Answer:
        return self._outage.sit_out(call, may_go_on=self._has_time)

    def _has_time(self) -> bool:
        """Whether to go on waiting for the server: always, but only a while once the worker is to stop."""
        self._keeper.note_step()
        if self._stop.is_set():
            self._give_up_at = min(self._give_up_at, time.monotonic() + DRAIN_SECONDS)
        return time.monotonic() < self._give_up_at

    # Beginning and end.

    def _wait_for_server(self) -> None:
        while not self._stop.is_set():
            try:
                self._bus.ping()
                self._outage.succeeded()
                return
            except BrokerUnavailable as error:
                self._stop.wait(self._outage.failed(error))

    def _drain(self) -> None:
        """End the clips in hand while there is time; the rest is delivered to others again."""
        held = self._keeper.view().held
        self._batcher.keep_only(lambda job: job.delivery.stream in held)
        while self._has_time() and (jobs := self._batcher.next_batch(time.monotonic(), at_once=True)):
            self._run(jobs)

    def _leave_board(self) -> None:
        try:
            self._board.remove_worker(self._worker_id)
        except BrokerUnavailable as error:
            logger.warning("worker %s stays on the status board: %s", self._worker_id, error)

    def _streams_in_hand(self) -> set[RequestStream]:
        return {job.delivery.stream for job in self._batcher}


def _name(delivery: Delivery) -> str:
    return f"source_id={delivery.stream.source_id} model={delivery.stream.model} clip={delivery.entry_id}"
