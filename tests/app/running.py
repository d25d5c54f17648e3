"""What the tests of the dashboard start: a server, a feeder, the dashboard itself, each a real process."""

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from stream.embedded import EmbeddedServer
from tests.waiting import wait_until

PROJECT = Path(__file__).resolve().parent.parent.parent
RUN_DASHBOARD = "import typer; from app.commands.dashboard import dashboard; typer.run(dashboard)"
SOURCES = ("bed-1=out_of_bed", "bed-2=into_chair", "echo-1=none", "ward-3=none")


@dataclass
class Installation:
    """A state directory with a server, frames, and the processes that a test starts on them."""

    directory: Path
    frames: Path
    server: EmbeddedServer
    bus_url: str
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def frames_url(self) -> str:
        return f"shm://{self.frames}"

    def start(self, *argv: str, **environment: str) -> subprocess.Popen[str]:
        """Start a Python process that knows this installation; its log goes to a file."""
        log = self.directory / f"process-{len(self.processes)}.log"
        known = {
            "REDIS_URL": self.bus_url,
            "FRAMES_URL": self.frames_url,
            "VIGIL_STATE_DIRECTORY": str(self.directory),
            "PYTHONPATH": str(PROJECT),
            "OMP_NUM_THREADS": "1",
        }
        with log.open("w") as output:
            process = subprocess.Popen(
                [sys.executable, *argv],
                cwd=PROJECT,
                env={**os.environ, **known, **environment},
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
            )
        process.log_path = log  # type: ignore[attr-defined]
        self.processes.append(process)
        return process

    def start_dashboard(self, **environment: str) -> "Dashboard":
        """Start the dashboard on a free port and wait until it answers."""
        process = self.start("-c", RUN_DASHBOARD, **{"VIGIL_DASHBOARD__PORT": "0", **environment})
        addresses: list[str] = []

        def has_address() -> bool:
            assert process.poll() is None, read_log(process)
            addresses.extend(re.findall(r"http://127\.0\.0\.1:\d+", read_log(process)))
            return bool(addresses)

        wait_until(has_address, what="the dashboard says its address", seconds=60.0)
        wait_until(lambda: _answers(addresses[0]), what="the dashboard answers")
        return Dashboard(addresses[0], process)

    def start_watcher(self) -> subprocess.Popen[str]:
        return self.start("tests/app/watcher.py", self.bus_url, str(self.directory / "ledger.sqlite"))

    def start_feeder(self, *sources: str) -> "Feeder":
        return Feeder(self.start_on_frames("tests/app/feeder.py", *(sources or SOURCES)))

    def start_on_frames(self, script: str, *argv: str) -> subprocess.Popen[str]:
        """Start a script that takes the addresses of the server and of the frames, then its own arguments."""
        return self.start(script, self.bus_url, self.frames_url, *argv)

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait(10)
        self.server.stop()


@dataclass
class Dashboard:
    url: str
    process: subprocess.Popen[str]

    def stop(self) -> tuple[int, float]:
        """Ask it to stop; return its exit code and the seconds that it took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30), time.monotonic() - began


@dataclass
class Feeder:
    process: subprocess.Popen[str]

    def tell(self, command: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()


def read_log(process: subprocess.Popen[str]) -> str:
    path: Path = process.log_path  # type: ignore[attr-defined]
    return path.read_text()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", timeout=2).status_code == 200
    except httpx.TransportError:
        return False
