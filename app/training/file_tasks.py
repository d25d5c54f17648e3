"""Makes the files that a training run learns from, one a task, in processes of their own.

Threads would take turns: simulators are Python, and so is half of reading a video.
`python -m app.training.file_tasks PARENT_PID < JOB` is one such process; it imports what its tasks ask for.
"""

import json
import os
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from app.by_name import name_of, named
from stream.errors import StreamError
from stream.tied_process import end_with_parent

POLL_SECONDS = 0.3


@dataclass(frozen=True)
class FileTask(ABC):
    """One file to make. It travels to its process as JSON."""

    path: str

    @abstractmethod
    def run(self) -> None:
        """Make the file; it appears under its name when it is whole."""


def make_files(
    tasks: Sequence[FileTask], folder: Path, *, num_processes: int, on_progress: Callable[[int, int], None]
) -> None:
    """Make every file that is not in the folder yet.

    Args:
        on_progress: is told how many files are there, of how many.

    Raises:
        StreamError: a process failed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    missing = _absent(tasks)
    shares = [missing[start::num_processes] for start in range(num_processes)]
    processes = [_start(share) for share in shares if share]
    try:
        while any(process.poll() is None for process in processes):
            missing = _absent(missing)
            on_progress(len(tasks) - len(missing), len(tasks))
            time.sleep(POLL_SECONDS)
    finally:
        for process in processes:
            if process.poll() is None:
                process.kill()
    if absent := _absent(tasks):
        raise StreamError(f"{len(absent)} files were not made, the first {absent[0].path}; the reason stands above")
    on_progress(len(tasks), len(tasks))


def _absent(tasks: Sequence[FileTask]) -> list[FileTask]:
    return [task for task in tasks if not Path(task.path).exists()]


def _start(tasks: Sequence[FileTask]) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "app.training.file_tasks", str(os.getpid())]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment)
    if process.stdin:
        process.stdin.write(json.dumps([(name_of(type(task)), asdict(task)) for task in tasks]).encode())
        process.stdin.close()
    return process


def _main() -> None:
    import cv2

    end_with_parent(int(sys.argv[1]))  # what goes on after a kill would be in the way of the run that is resumed
    cv2.setNumThreads(1)
    for name, fields in json.load(sys.stdin):
        named(name)(**fields).run()


if __name__ == "__main__":
    _main()
