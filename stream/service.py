"""Keeps child processes alive: what is wanted runs, what died is started again, what is not wanted is stopped."""

import contextlib
import logging
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 10.0
STEADY_SECONDS = 30.0
"""A child that ran this long has earned a quick restart again."""


@dataclass(frozen=True)
class Service:
    """A child process that should run."""

    name: str
    argv: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Variables beyond our own environment; secrets travel here, never in `argv`."""
    restart: Literal["always", "on_failure"] = "always"
    """`on_failure`: a child that ends with exit code 0 has done its work."""
    log_path: Path | None = None
    """Where its output goes; None: to ours."""


class Supervisor:
    """Runs services as children of this process; call `poll` often, from the main thread.

    Children are started with Popen, never by fork alone: a forked child of a process that used OpenMP hangs.
    Each is the leader of a session of its own, so that Ctrl-C reaches only the supervisor, which stops
    them in order.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._children: dict[str, _Child] = {}

    def want(self, services: Iterable[Service]) -> None:
        """Make exactly these services run: new ones start, changed ones restart, others stop."""
        wanted = {service.name: service for service in services}
        leaving = [child for name, child in self._children.items() if wanted.get(name) != child.service]
        self._stop(leaving, timeout_seconds=5.0)
        for name, service in wanted.items():
            if name not in self._children:
                self._children[name] = _Child(service)
        self.poll()

    def poll(self) -> None:
        """Start what should run and does not."""
        for child in self._children.values():
            child.poll(self._clock())

    def process_ids(self) -> dict[str, int]:
        """Return the process id of every child that runs now, by service name."""
        return {name: child.process.pid for name, child in self._children.items() if child.process and child.is_running}

    def stop(self, timeout_seconds: float = 3.0) -> None:
        """Ask every child to end, all at once; kill what is left after the time."""
        self._stop(list(self._children.values()), timeout_seconds)

    def _stop(self, children: list["_Child"], timeout_seconds: float) -> None:
        for child in children:
            child.signal(signal.SIGTERM)
        deadline = self._clock() + timeout_seconds
        for child in children:
            child.wait_or_kill(max(deadline - self._clock(), 0.05))
            self._children.pop(child.service.name, None)


class _Child:
    def __init__(self, service: Service) -> None:
        self.service = service
        self.process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._start_again = 0.0
        self._pause_seconds = FIRST_PAUSE_SECONDS
        self._is_done = False

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def poll(self, now: float) -> None:
        if self.is_running and self.service.log_path:
            _make_room(self.service.log_path)
        if self.is_running or self._is_done:
            return
        if self.process is not None:
            self._note_death(self.process.returncode, now)
            self.process = None
        if not self._is_done and now >= self._start_again:
            self._start(now)

    def _note_death(self, returncode: int, now: float) -> None:
        if returncode == 0 and self.service.restart == "on_failure":
            self._is_done = True
            return
        if now - self._started >= STEADY_SECONDS:
            self._pause_seconds = FIRST_PAUSE_SECONDS
        logger.warning(
            "%s ended with exit code %d; starting it again in %.1f s%s",
            self.service.name,
            returncode,
            self._pause_seconds,
            _last_words(self.service.log_path),
        )
        self._pause(now)

    def _pause(self, now: float) -> None:
        self._start_again = now + self._pause_seconds
        self._pause_seconds = min(2 * self._pause_seconds, LONGEST_PAUSE_SECONDS)

    def _start(self, now: float) -> None:
        log: int | None = subprocess.DEVNULL
        try:
            log = _open_log(self.service.log_path) if self.service.log_path else None
        except OSError as error:  # a full disk; work without a log is better than no work
            logger.warning("%s runs without a log: %s", self.service.name, error)
        try:
            self.process = subprocess.Popen(
                self.service.argv,
                env={**os.environ, **dict(self.service.environment)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        except OSError as error:
            logger.error("%s cannot be started: %s", self.service.name, error)
            self._pause(now)
        finally:
            if log is not None and log != subprocess.DEVNULL:
                os.close(log)
        self._started = now

    def signal(self, number: signal.Signals) -> None:
        if self.process is not None and self.is_running:
            self.process.send_signal(number)

    def wait_or_kill(self, timeout_seconds: float) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            logger.warning("%s did not end in time; killing process %d", self.service.name, self.process.pid)
            self.process.kill()
            self.process.wait()


MAX_LOG_BYTES = 16 * 2**20


def _last_words(log_path: Path | None) -> str:
    """Return the last line of a log, with what joins it to a sentence; nothing when there is none."""
    try:
        lines = log_path.read_bytes()[-2000:].decode(errors="replace").split("\n") if log_path else []
    except OSError:
        return ""
    said = [line.strip() for line in lines if line.strip()]
    return f"; its last words: {said[-1]}" if said else ""


def _open_log(path: Path) -> int:
    """Open for appending; a log that has grown too large makes room first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _make_room(path)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def _make_room(path: Path) -> None:
    """Empty a log that has grown too large, keeping one predecessor; whoever appends to it goes on at its start."""
    try:
        if path.stat().st_size <= MAX_LOG_BYTES:
            return
        with contextlib.suppress(OSError):  # a full disk: better no predecessor than a log that grows on
            shutil.copyfile(path, path.with_suffix(".old"))
        os.truncate(path, 0)
    except OSError:
        return  # there is none yet, or it cannot be written
