"""The process in which a worker has pictures and volumes read, so that it can be stopped at any moment.

A reading shares the machine with live clips. It runs in a process of its own, with lower priority, which is halted
while there is a live clip to score and goes on afterwards as if nothing had been. What makes it crash, or takes all
memory, ends that process and not the worker.
"""

import os
import select
import signal
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from stream.child_process import PARENT_VARIABLE
from stream.jobs.job import Job
from stream.jobs.reading_messages import ReadingEnd, ReadingStep, decode_reading

_NICENESS = 5
"""So that decoders of cameras, which nobody halts it for, have the processor first."""
_READ_BYTES = 1 << 16


class ReaderDied(Exception):
    """The process ended without a word."""


class ReaderProcess:
    """Starts the process when there is something to read, and again when it died.

    `pause` and `resume` may be called from any thread, the rest from one that lives as long as the worker: the process
    ends with it.
    """

    def __init__(self, argv: Sequence[str]) -> None:
        self._argv = tuple(argv)
        self._process: subprocess.Popen[bytes] | None = None
        self._received = b""
        self._lock = threading.Lock()
        self._is_paused = False

    @property
    def process_id(self) -> int | None:
        """Of the process that runs now."""
        return self._process.pid if self._process else None

    def begin(self, job: Job) -> None:
        """Have a job read; only when the one before has ended.

        Raises:
            ReaderDied: the process cannot be started, or ended.
        """
        process = self._process or self._start()
        if process.stdin is None:
            raise self._died()
        try:
            process.stdin.write(job.encode() + b"\n")
            process.stdin.flush()
        except OSError as error:
            raise self._died() from error

    def receive(self, timeout_seconds: float) -> ReadingStep | ReadingEnd | None:
        """Return what the process says next; None when it says nothing in time.

        Raises:
            ReaderDied: it ended.
            ValueError: it says what we do not understand.
        """
        process = self._process
        if process is None or process.stdout is None:
            raise ReaderDied("the process that reads does not run")
        while b"\n" not in self._received:
            if not select.select([process.stdout], [], [], timeout_seconds)[0]:
                return None
            found = os.read(process.stdout.fileno(), _READ_BYTES)
            if not found:
                raise self._died()
            self._received += found
        line, _, self._received = self._received.partition(b"\n")
        return decode_reading(line)

    def pause(self) -> None:
        """Halt it where it is."""
        with self._lock:
            if not self._is_paused:
                self._is_paused = True
                self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        with self._lock:
            if self._is_paused:
                self._is_paused = False
                self._signal(signal.SIGCONT)

    def end(self) -> None:
        """End the process, whatever it is doing; nothing half-written stays under its name."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()
        self._received = b""

    def _start(self) -> subprocess.Popen[bytes]:
        try:
            process = subprocess.Popen(
                self._argv,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, PARENT_VARIABLE: str(os.getpid())},
                start_new_session=True,
            )
        except OSError as error:
            raise ReaderDied(f"the process that reads cannot be started: {error}") from error
        _yield_to_others(process.pid)
        with self._lock:
            self._process = process
            if self._is_paused:
                self._signal(signal.SIGSTOP)
        return process

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

    def _died(self) -> ReaderDied:
        process = self._process
        self.end()
        code = process.returncode if process else None
        return ReaderDied(f"the process that reads ended with {_described(code)}")


def _yield_to_others(process_id: int) -> None:
    """Lower the priority of a process that leads a session.

    Where the kernel groups processes by session, that of the group counts against other sessions, and only root may
    set it more than once in a while.
    """
    os.setpriority(os.PRIO_PROCESS, process_id, _NICENESS)
    with suppress(OSError):
        Path(f"/proc/{process_id}/autogroup").write_text(str(_NICENESS), encoding="ascii")


def _described(code: int | None) -> str:
    if code is None or code >= 0:
        return f"exit code {code}"
    is_killed = -code == signal.SIGKILL
    return f"signal {signal.Signals(-code).name}{' (out of memory?)' if is_killed else ''}"
