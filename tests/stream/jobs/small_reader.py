"""A process that reads jobs as `app.imaging.reading_process` does, but has no models: `python -m` this file.

Locations tell what happens: `steps:N:SECONDS` makes N steps of so many seconds, `refuse` refuses, `fail` fails each
time, `crash` kills the process. It adds a line to `<folder>/log` at each beginning and each end.
"""

import os
import signal
import sys
import time
from pathlib import Path

from stream.child_process import end_with_supervisor
from stream.jobs.job import Job
from stream.jobs.reading_messages import ReadingEnd, ReadingStep


def main() -> None:
    end_with_supervisor()
    for line in sys.stdin.buffer:
        job = Job.decode(line)
        note(job, f"begin {os.getpid()}")
        kind, *numbers = job.location.split(":")
        if kind == "crash":
            os.kill(os.getpid(), signal.SIGKILL)
        if kind == "steps":
            for step in range(int(numbers[0])):
                time.sleep(float(numbers[1]))
                say(ReadingStep(step + 1, int(numbers[0]), "steps"))
        note(job, "end")
        endings = {"refuse": ReadingEnd("refused", "it is a film"), "fail": ReadingEnd("failed", "no luck")}
        say(endings.get(kind, ReadingEnd("done", num_objects=3, outputs=("scan.jsonl",))))


def note(job: Job, text: str) -> None:
    with Path(job.folder, "log").open("a") as log:
        log.write(text + "\n")


def say(message: ReadingStep | ReadingEnd) -> None:
    sys.stdout.buffer.write(message.encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
