"""The process that reads pictures and volumes for a worker: `python -m app.imaging.reading_process`.

Jobs come in on standard input, one a line; steps and endings go out on standard output.
"""

import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

import typer

from app.imaging.reading import ImagingReader, Order, Work
from models.imaging.model_shelf import ModelShelf
from models.registry import build_imaging_model, find_card
from stream.batch.output_folder import OutputFolder
from stream.child_process import end_with_supervisor
from stream.errors import SourceRefused
from stream.imaging.fetching import fetched
from stream.jobs.job import Job
from stream.jobs.reading_messages import ReadingEnd, ReadingStep
from stream.logs import configure_logging

logger = logging.getLogger(__name__)

MODEL_SHARE = 0.5
"""Of the memory that is free at the start, for models; the rest is for what they read."""


def main(device: str = "auto", threads: int = 0) -> None:
    """Read until standard input ends."""
    end_with_supervisor()
    configure_logging("reading", level=logging.INFO)
    # What a library prints must not be taken for a message.
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as out:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        shelf = _shelf(device, threads)
        for line in sys.stdin.buffer:
            for message in answers(Job.decode(line), shelf):
                _say(out, message)


def answers(job: Job, shelf: ModelShelf) -> Iterator[ReadingStep | ReadingEnd]:
    """Read a job; yield its steps, then how it ended."""
    try:
        card = find_card(job.model)
        with TemporaryDirectory(prefix="vigil-") as scratch:
            location = fetched(job.location, Path(scratch))
            reader = ImagingReader(card, lambda: shelf.get(job.model), OutputFolder(Path(job.folder)), is_viewed=True)
            yield from _told(reader.read(Order(location, job.name, is_resumed=True, source=job.location)))
        shelf.measure(job.model)
    except (SourceRefused, ValueError) as error:  # the URL, or the model: another try would end in the same way
        yield ReadingEnd("refused", " ".join(str(error).split()))
    except Exception as error:  # of one job; the next may fare better
        logger.exception("reading failed: job=%s", job.job_id)
        yield ReadingEnd("failed", f"{type(error).__name__}: {error}")


def _told(work: Work) -> Iterator[ReadingStep | ReadingEnd]:
    while True:
        try:
            step = next(work)
        except StopIteration as end:
            report = end.value
            break
        yield ReadingStep(step.done, step.total, step.unit)
    is_refused = report.state == "refused"
    yield ReadingEnd("refused" if is_refused else "done", report.reason, report.num_objects, report.outputs)


def _shelf(device: str, threads: int) -> ModelShelf:
    from models.runtime.device_memory import device_memory, release_unused

    return ModelShelf(
        lambda name: build_imaging_model(name, device=device, threads=threads),
        lambda: device_memory(device).used_bytes,
        budget_bytes=round(MODEL_SHARE * device_memory(device).free_bytes),
        release=lambda: release_unused(device),
    )


def _say(out: IO[bytes], message: ReadingStep | ReadingEnd) -> None:
    out.write(message.encode() + b"\n")
    out.flush()


if __name__ == "__main__":
    typer.run(main)
