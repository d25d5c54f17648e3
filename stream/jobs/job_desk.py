"""Takes offline jobs beside a worker's live clips, which go first."""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol, TypeVar

from stream.bus import Bus
from stream.errors import BrokerUnavailable
from stream.jobs.job import JobState, JobStatus
from stream.jobs.job_queue import JobDelivery, JobQueue
from stream.jobs.reader_process import ReaderDied, ReaderProcess
from stream.jobs.reading_messages import ReadingEnd, ReadingStep
from stream.work.outage import Outage

logger = logging.getLogger(__name__)

WAIT_SECONDS = 0.5
"""For a new job, and for the reading to say something."""
REST_SECONDS = 300.0
"""Without a job after which the models leave the memory."""
STOP_SECONDS = 10.0

Answer = TypeVar("Answer")


class Offline(Protocol):
    """What a worker does besides scoring live clips."""

    def start(self) -> None: ...

    def pause(self) -> None:
        """Leave device and processor to live clips, at once."""

    def resume(self) -> None:
        """Go on: there is no live clip to score."""

    def stop(self) -> None:
        """End; what is not done is given to others."""


class NoOffline:
    """Of a worker that takes no offline jobs."""

    def start(self) -> None: ...

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def stop(self) -> None: ...


class JobDesk:
    """Takes one job at a time, has it read in a process of its own, and says what became of it."""

    def __init__(
        self, bus: Bus, reader_argv: Sequence[str], *, worker_id: str, lease_seconds: float, max_deliveries: int
    ) -> None:
        """Prepare; nothing runs yet.

        Args:
            bus: the server.
            reader_argv: program that reads, as `ReaderProcess` starts it.
            worker_id: name of the worker.
            lease_seconds: silence after which a job goes to another worker.
            max_deliveries: deliveries before a job is given up.
        """
        self._queue, self._reader = JobQueue(bus), ReaderProcess(reader_argv)
        self._worker_id, self._lease_seconds, self._max_deliveries = worker_id, lease_seconds, max_deliveries
        self._consumer = f"{worker_id}/{uuid.uuid4().hex[:12]}"
        self._outage = Outage(f"worker {worker_id}: jobs")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def pause(self) -> None:
        self._reader.pause()

    def resume(self) -> None:
        self._reader.resume()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        had_work_at = time.monotonic()
        try:
            while not self._stop.is_set():
                if delivery := self._take():
                    self._do(delivery)
                    had_work_at = time.monotonic()
                elif time.monotonic() - had_work_at > REST_SECONDS:
                    self._reader.end()
        except BrokerUnavailable as error:  # comes out only when the worker is to stop
            logger.warning("worker %s left a job to others: %s", self._worker_id, error)
        finally:
            self._reader.end()

    def _take(self) -> JobDelivery | None:
        try:
            delivery = self._queue.take(self._consumer, lease_seconds=self._lease_seconds, wait_seconds=WAIT_SECONDS)
            self._outage.succeeded()
        except BrokerUnavailable as error:
            self._stop.wait(self._outage.failed(error))
            return None
        if delivery is None:
            self._stop.wait(WAIT_SECONDS / 2)
        return delivery

    def _do(self, delivery: JobDelivery) -> None:
        """Read until it ends; a reading that fails is tried again, each time counted before it begins."""
        reason = "its worker ended at each delivery"
        current: JobDelivery | None = delivery
        while current is not None and current.deliveries <= self._max_deliveries:
            ending = self._read(current)
            if ending is None:
                return
            if ending.state != "failed":
                self._end(current, ending.state, ending)
                return
            logger.warning("a job failed: %s delivery=%d %s", _name(current), current.deliveries, ending.reason)
            reason = ending.reason
            if current.deliveries == self._max_deliveries:
                break
            current = self._patiently(partial(self._queue.try_again, current))
        if current is not None:
            self._end(current, "dead", ReadingEnd("failed", reason))

    def _read(self, delivery: JobDelivery) -> ReadingEnd | None:
        """Have a job read; None when it went to another, was cancelled, or this worker is to stop."""
        status = self._begun(delivery)
        try:
            # Before anything runs: a job that somebody cancelled, or another holds, is not begun.
            if not self._keeps(delivery, status):
                return None
            self._reader.begin(delivery.job)
            kept_at = time.monotonic()
            while not self._stop.is_set():
                message = self._reader.receive(WAIT_SECONDS)
                if isinstance(message, ReadingEnd):
                    return message
                if isinstance(message, ReadingStep):
                    status = _advanced(status, message)
                if time.monotonic() - kept_at >= min(WAIT_SECONDS, self._lease_seconds / 4):
                    if not self._keeps(delivery, status):
                        return None
                    kept_at = time.monotonic()
        except ReaderDied as error:
            return ReadingEnd("failed", str(error))
        self._reader.end()
        self._give_back(delivery, status)
        return None

    def _keeps(self, delivery: JobDelivery, status: JobStatus) -> bool:
        """Whether to go on with a job: it is still ours, and nobody cancelled it."""
        try:
            answer = self._queue.keep(delivery, status)
            self._outage.succeeded()
        except BrokerUnavailable as error:  # nobody else can take the job meanwhile
            self._outage.failed(error)
            return True
        if answer == "kept":
            return True
        self._reader.end()
        if answer == "cancel":
            self._end(delivery, "cancelled", ReadingEnd("failed", "cancelled while it was read"))
        else:
            logger.warning("left a job to another worker: %s", _name(delivery))
        return False

    def _begun(self, delivery: JobDelivery) -> JobStatus:
        now = time.time()
        return replace(
            JobStatus.of(delivery.job),
            state="running",
            worker_id=self._worker_id,
            deliveries=delivery.deliveries,
            started_at=now,
            changed_at=now,
        )

    def _end(self, delivery: JobDelivery, state: JobState, ending: ReadingEnd) -> None:
        status = self._patiently(lambda: self._queue.status(delivery.job.job_id)) or self._begun(delivery)
        now = time.time()
        ended = replace(
            status,
            state=state,
            reason=ending.reason,
            worker_id=self._worker_id,
            deliveries=delivery.deliveries,
            num_objects=ending.num_objects,
            outputs=ending.outputs,
            changed_at=now,
            ended_at=now,
        )
        if not self._patiently(lambda: self._queue.end(delivery, ended)):
            logger.warning("a job had ended or was another's: %s", _name(delivery))

    def _give_back(self, delivery: JobDelivery, status: JobStatus) -> None:
        waiting = replace(status, state="queued", num_done=0, deliveries=delivery.deliveries - 1)
        try:
            self._queue.give_back(delivery, waiting)
        except BrokerUnavailable as error:
            logger.warning("a job goes to another worker when its lease runs out: %s: %s", _name(delivery), error)

    def _patiently(self, call: Callable[[], Answer]) -> Answer:
        return self._outage.sit_out(call, may_go_on=lambda: not self._stop.is_set())


def _advanced(status: JobStatus, step: ReadingStep) -> JobStatus:
    return replace(status, num_done=step.num_done, num_pieces=step.num_pieces, unit=step.unit, changed_at=time.time())


def _name(delivery: JobDelivery) -> str:
    return f"job={delivery.job.job_id} model={delivery.job.model}"
