"""How jobs are, in words: a line a job, and bars for who waits."""

from pathlib import PurePath
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import TaskID

from app.imaging.progress import progress_bars
from stream.jobs.job import JobStatus
from stream.sources.url import redact_url


def job_line(job: JobStatus) -> str:
    """Say in one line how a job is."""
    source = redact_url(job.location)
    if job.state == "queued":
        return f"queued: {source}: {job.model}"
    if job.state == "running":
        pieces = f"{job.num_done} of {job.num_pieces} {job.unit}" if job.num_pieces else "being opened"
        again = f", delivery {job.deliveries}" if job.deliveries > 1 else ""
        return f"running: {source}: {job.model}: {pieces}{again}"
    if job.state == "done":
        return f"done: {source}: {job.num_objects:,} found, {job.ended_at - job.submitted_at:.1f} s"
    is_named = job.reason.startswith(source)
    return f"{job.state}: {job.reason}" if is_named else f"{job.state}: {source}: {job.reason}"


class JobProgress:
    """Shows a bar a job on a terminal, and a line when one has ended."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = progress_bars(console)
        self._tasks: dict[str, TaskID] = {}
        self._told: set[str] = set()

    def update(self, job: JobStatus) -> None:
        """Take note of how a job is."""
        if self._console.is_terminal:
            self._draw(job)
        if job.has_ended and job.job_id not in self._told:
            self._told.add(job.job_id)
            self._console.print(job_line(job), markup=False, highlight=False, soft_wrap=True)

    def _draw(self, job: JobStatus) -> None:
        if job.job_id not in self._tasks:
            name = PurePath(job.location).name or job.location
            self._tasks[job.job_id] = self._bars.add_task(name, total=None, unit="waiting")
        task = self._tasks[job.job_id]
        self._bars.update(
            task,
            completed=job.num_done,
            total=job.num_pieces or None,
            unit=job.unit or job.state,
            visible=not job.has_ended,
        )

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._console.is_terminal:
            self._bars.stop()
