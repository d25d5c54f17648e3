"""Makes jobs of pictures or volumes for the running workers, and waits for what becomes of them."""

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.predictor import ModelCard
from stream.batch.inputs import AnalysisInput, is_url
from stream.batch.naming import output_names, place_of
from stream.batch.output_folder import OutputFolder
from stream.jobs.job import Job, JobStatus
from stream.jobs.job_queue import JobQueue

POLL_SECONDS = 0.25


@dataclass(frozen=True)
class Fate:
    """What became of jobs, in the order of their submission."""

    jobs: tuple[JobStatus, ...]

    @property
    def num_done(self) -> int:
        return sum(job.state == "done" for job in self.jobs)

    @property
    def exit_code(self) -> int:
        """0 when all are done, 3 when some are, 1 when none is."""
        if self.num_done == len(self.jobs):
            return 0
        return 3 if self.num_done else 1


def submit_jobs(queue: JobQueue, card: ModelCard, inputs: Sequence[AnalysisInput], folder: Path) -> list[Job]:
    """Put one job an input into the queue, all with results in one folder.

    Args:
        queue: of the running system.
        card: of the model.
        inputs: what to read; workers must find them under the same paths.
        folder: for the results, made when missing; workers must be able to write to it.

    Raises:
        OSError: the folder cannot be made.
        BrokerUnavailable: the server does not answer; nothing was submitted.
    """
    folder = folder.resolve()
    taken = OutputFolder(folder).names_taken()
    taken |= {
        job.name: place_of(job.location) for job in queue.statuses() if job.folder == str(folder) and not job.has_ended
    }
    now = time.time()
    jobs = [
        Job(uuid.uuid4().hex[:12], card.name, _absolute(entry.location), str(folder), name, now)
        for entry, name in zip(inputs, output_names(inputs, taken), strict=True)
    ]
    queue.submit(jobs)
    return jobs


def wait_for_jobs(
    queue: JobQueue, jobs: Sequence[Job], on_status: Callable[[JobStatus], None], *, poll_seconds: float = POLL_SECONDS
) -> Fate:
    """Return when all jobs have ended.

    Args:
        queue: of the running system.
        jobs: that were submitted.
        on_status: is told how each job is, again and again until it has ended.
        poll_seconds: pause between two looks.

    Raises:
        BrokerUnavailable: the server does not answer; the jobs go on when it does.
    """
    ended: dict[str, JobStatus] = {}
    while True:
        for status in queue.statuses([job.job_id for job in jobs if job.job_id not in ended]):
            on_status(status)
            if status.has_ended:
                ended[status.job_id] = status
        if len(ended) == len(jobs):
            return Fate(tuple(ended[job.job_id] for job in jobs))
        time.sleep(poll_seconds)


def _absolute(location: str) -> str:
    return location if is_url(location) else str(Path(location).resolve())
