"""The queue of offline jobs: one stream for all workers, and the status of each job beside it."""

import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal

from stream.bus import Bus
from stream.errors import BrokerUnavailable
from stream.jobs.job import Job, JobStatus
from stream.keys import GROUP, JOBS, KNOWN_JOBS, job_key

logger = logging.getLogger(__name__)

KEPT_SECONDS = 7 * 86_400
"""How long the status of a job that has ended is kept; its results are files and stay."""
_FSYNC_MS = 2000

Cancelling = Literal["cancelled", "asked", "ended", "unknown"]
"""Cancelled: nobody had begun it; asked: its worker will stop; ended: it was over; unknown: there is no such job."""


@dataclass(frozen=True)
class JobDelivery:
    """A job that a consumer was given and that only this consumer may end."""

    entry_id: str
    consumer: str
    job: Job
    deliveries: int = 1
    """How often it was given to anybody, this time included."""


class JobQueue:
    """Jobs wait here until a worker takes them; none is ever dropped. Raises BrokerUnavailable."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    # Of who submits.

    def submit(self, jobs: Sequence[Job]) -> None:
        """Put jobs into the queue, all or none; one that is known already is left as it is."""
        keys = [JOBS, KNOWN_JOBS, *(job_key(job.job_id) for job in jobs)]
        args: list[object] = [GROUP, time.time()]
        for job in jobs:
            args += [job.job_id, job.encode(), JobStatus.of(job).encode()]
        self._bus.run("submit_jobs", keys, args)
        # Once it is said to be accepted, a job must outlive a power cut; older servers cannot be asked for that.
        with suppress(BrokerUnavailable):
            self._bus.client.execute_command("WAITAOF", 1, 0, _FSYNC_MS)

    def status(self, job_id: str) -> JobStatus | None:
        """Return how a job is; None when there is none of that id."""
        return _decoded(self._bus.client.hget(job_key(job_id), "status"))

    def statuses(self, job_ids: Sequence[str] | None = None) -> list[JobStatus]:
        """Return how jobs are, in the order of their submission; of all that are known when none are named."""
        if job_ids is None:
            job_ids = [name.decode() for name in self._bus.client.zrange(KNOWN_JOBS, 0, -1)]
        pipeline = self._bus.client.pipeline(transaction=False)
        for job_id in job_ids:
            pipeline.hget(job_key(job_id), "status")
        found = dict(zip(job_ids, map(_decoded, pipeline.execute()), strict=True))
        if gone := [job_id for job_id, status in found.items() if status is None]:
            self._bus.client.zrem(KNOWN_JOBS, *gone)
        return [status for status in found.values() if status]

    def cancel(self, job_id: str) -> Cancelling:
        """End a job that waits, or ask the worker that reads it to stop."""
        status = self.status(job_id)
        if status is None:
            return "unknown"
        now = time.time()
        over = replace(status, state="cancelled", reason="cancelled before it began", changed_at=now, ended_at=now)
        args = (GROUP, over.encode(), KEPT_SECONDS)
        answer: Cancelling = self._bus.run("cancel_job", [JOBS, job_key(job_id)], args).decode()
        return answer

    # Of workers.

    def take(self, consumer: str, *, lease_seconds: float, wait_seconds: float) -> JobDelivery | None:
        """Return a job that nobody has kept for the time of a lease, else a new one; None when there is none.

        Args:
            consumer: who takes it; a fresh name for every start.
            lease_seconds: after which silence a job is taken from another.
            wait_seconds: how long to wait for a new one; below the bus's socket timeout.
        """
        client = self._bus.client
        if not client.exists(JOBS):
            return None
        reply = client.xautoclaim(JOBS, GROUP, consumer, round(lease_seconds * 1000), "0-0", count=1)
        entries = reply[1]
        if not entries:
            found = client.xreadgroup(GROUP, consumer, {JOBS: ">"}, count=1, block=round(wait_seconds * 1000) or None)
            entries = found[0][1] if found else []
        if not entries:
            return None
        entry_id, fields = entries[0][0].decode(), entries[0][1]
        try:
            job = Job.decode(fields.get(b"job", b""))
        except ValueError as error:
            logger.error("removed an entry that is no job: %s %s", entry_id, error)
            client.xack(JOBS, GROUP, entry_id)
            client.xdel(JOBS, entry_id)
            return None
        pending = client.xpending_range(JOBS, GROUP, entry_id, entry_id, 1)
        return JobDelivery(entry_id, consumer, job, int(pending[0]["times_delivered"]) if pending else 1)

    def keep(self, delivery: JobDelivery, status: JobStatus) -> Literal["kept", "cancel", "lost"]:
        """Say that we are at it and how far; call it several times in a lease.

        Returns:
            Whether it is still ours, shall be cancelled, or is another's by now.
        """
        args = (GROUP, delivery.consumer, delivery.entry_id, status.encode())
        answer: Literal["kept", "cancel", "lost"] = self._bus.run(
            "keep_job", [JOBS, job_key(delivery.job.job_id)], args
        ).decode()
        return answer

    def try_again(self, delivery: JobDelivery) -> JobDelivery | None:
        """Count another delivery to ourselves; None when it is another's by now."""
        reply = self._bus.run("claim", [JOBS], [GROUP, delivery.consumer, delivery.entry_id, delivery.entry_id])
        return replace(delivery, deliveries=int(reply[2])) if reply else None

    def give_back(self, delivery: JobDelivery, status: JobStatus) -> None:
        """Let another take the job at once; this delivery does not count."""
        args = (GROUP, delivery.consumer, delivery.entry_id, status.encode(), delivery.deliveries - 1)
        self._bus.run("give_back_job", [JOBS, job_key(delivery.job.job_id)], args)

    def end(self, delivery: JobDelivery, status: JobStatus) -> bool:
        """Say what became of a job; return whether that counts: it does not when it is another's, or ended before."""
        args = (GROUP, delivery.consumer, delivery.entry_id, status.encode(), KEPT_SECONDS)
        return bool(self._bus.run("end_job", [JOBS, job_key(delivery.job.job_id)], args))


def _decoded(payload: bytes | None) -> JobStatus | None:
    if payload is None:
        return None
    try:
        return JobStatus.decode(payload)
    except ValueError as error:
        logger.warning("left out the status of a job that cannot be read: %s", error)
        return None
