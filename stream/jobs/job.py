"""Offline jobs: one picture or volume for one model each, named by where it lies, and what became of it."""

from dataclasses import asdict, dataclass
from typing import Literal

from stream.messages import Message

JobState = Literal["queued", "running", "done", "refused", "cancelled", "dead"]
"""A job that is done, refused, cancelled or dead has ended. Refused: the input cannot be read by the model; dead: each
delivery ended badly."""
ENDED: tuple[JobState, ...] = ("done", "refused", "cancelled", "dead")


@dataclass(frozen=True)
class Job(Message):
    """What to read, by which model, and where its results go; it carries no pixels."""

    job_id: str
    model: str
    location: str
    """Path that the worker can open too, or a URL of a kind that fsspec knows."""
    folder: str
    """Where the results go: a path that the worker can write to."""
    name: str
    """Stem of the names of the results."""
    submitted_at: float


@dataclass(frozen=True)
class JobStatus(Job):
    """How a job is, as was last said of it."""

    state: JobState = "queued"
    reason: str = ""
    """Why it was refused, cancelled or given up, in one line."""
    num_done: int = 0
    num_pieces: int = 0
    """0 until it is known."""
    unit: str = ""
    """What the pieces are, such as "windows"."""
    worker_id: str = ""
    deliveries: int = 0
    """How often it was given to a worker."""
    changed_at: float = 0.0
    started_at: float = 0.0
    ended_at: float = 0.0
    num_objects: int = 0
    """What was found: findings, objects or labelled regions."""
    outputs: tuple[str, ...] = ()
    """Names of the files in `folder`."""

    @classmethod
    def of(cls, job: Job) -> "JobStatus":
        """Return the status of a job that waits."""
        return cls(**asdict(job), changed_at=job.submitted_at)

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED
