"""`vigil up` as a whole: started, wounded part by part with kill -9, stopped."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import cv2
import httpx
import numpy as np
import psutil
import pytest
import yaml

from stream.bus import Bus
from stream.errors import BrokerUnavailable
from stream.queue.account import Account
from stream.queue.status_board import StatusBoard
from stream.video_writer import VideoWriter
from tests import waiting

wait_until = partial(waiting.wait_until, seconds=60.0, despite=(BrokerUnavailable, httpx.HTTPError))

PROJECT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.slow


class Up:
    """A `vigil up` with one looped file as its camera."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        values = {
            "state_directory": str(folder / "state"),
            "dashboard": {"port": self.port},
            "worker": {"lease_seconds": 2.0},
            "sources": [{"id": "bed1", "url": str(_video(folder)), "models": ["optical_flow"], "loop": True}],
        }
        self.config = folder / "vigil.yaml"
        self.config.write_text(yaml.safe_dump(values))
        self.state = folder / "state"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "up", "--config", str(self.config)], cwd=PROJECT, start_new_session=True
        )
        wait_until((self.state / "server" / "server.url").exists, what="the server's address")
        self.bus = Bus.connect((self.state / "server" / "server.url").read_text().strip())

    def vigil(self, *argv: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "app.cli", *argv], cwd=PROJECT, capture_output=True, text=True, check=False
        )

    def num_scored(self) -> int:
        return sum(row.scored for row in Account(self.bus).clips())

    def part(self, mark: str) -> int:
        """Return the process id of the part whose command line holds the mark."""
        for child in psutil.Process(self.process.pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):  # one that ends just now is not meant
                if mark in " ".join(child.cmdline()):
                    return child.pid
        raise AssertionError(f"no part {mark}")


def _video(folder: Path) -> Path:
    path = folder / "camera.mp4"
    writer = VideoWriter(path, width=160, height=120, frame_rate_hz=15.0)
    for index in range(90):
        frame = np.full((120, 160, 3), 90, np.uint8)
        cv2.circle(frame, (20 + index, 60), 15, (220, 220, 220), -1)
        writer.write(frame)
    writer.close()
    return path


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    up = Up(tmp_path)
    children = psutil.Process(up.process.pid).children(recursive=True)
    yield up
    up.process.send_signal(signal.SIGTERM)
    try:
        up.process.wait(15)
    finally:
        for child in [up.process, *children]:
            if psutil.pid_exists(child.pid):
                os.kill(child.pid, signal.SIGKILL)


def test_every_part_comes_back_after_kill_9_and_the_account_closes(up: Up, capsys: pytest.CaptureFixture[str]) -> None:
    wait_until(lambda: up.num_scored() >= 2, what="the first clips")
    recovery_seconds = {}
    for mark in ("app.cli worker", "stream.ingester", "valkey-server", "app.cli watch", "app.cli dashboard"):
        before = up.num_scored()
        os.kill(up.part(mark), signal.SIGKILL)
        recovery_seconds[mark] = wait_until(
            lambda before=before: up.num_scored() > before + 1, what=f"clips after {mark}"
        )
    with capsys.disabled():
        print("\nrecovery seconds:", {mark: round(seconds, 1) for mark, seconds in recovery_seconds.items()})
    wait_until(
        lambda: httpx.get(f"http://127.0.0.1:{up.port}/readyz").status_code == 200, what="the page is ready again"
    )
    wait_until(lambda: all(row.is_closed for row in Account(up.bus).clips()), what="the account closes", seconds=10)


def test_sources_come_and_go_on_a_running_system_and_touch_no_other(up: Up, tmp_path: Path) -> None:
    wait_until(lambda: up.num_scored() >= 1, what="the first clips")
    first = up.part("stream.ingester bed1")
    config = ("--config", str(up.config))
    added = up.vigil(
        "sources", "add", "bed2", str(tmp_path / "camera.mp4"), "--model", "optical_flow", "--loop", *config
    )
    assert added.returncode == 0, added.stderr
    wait_until(
        lambda: {row.source_id for row in Account(up.bus).clips() if row.scored} >= {"bed1", "bed2"},
        what="clips of both",
    )
    refused = up.vigil("sources", "add", "bed3", "x.mp4", "--model", "no_such_model", *config)
    assert refused.returncode == 2
    assert "no_such_model" in refused.stderr
    listed = json.loads(up.vigil("sources", "list", "--json", *config).stdout)
    assert len(listed) == 2
    assert up.vigil("sources", "remove", "bed2", *config).returncode == 0
    wait_until(lambda: set(StatusBoard(up.bus).sources()) == {"bed1"}, what="the second source is forgotten")
    assert up.part("stream.ingester bed1") == first


def test_a_second_vigil_on_the_same_state_is_refused_and_the_first_goes_on(up: Up) -> None:
    wait_until(lambda: up.num_scored() >= 1, what="the first clips")
    second = up.vigil("up", "--config", str(up.config))
    assert second.returncode == 2
    assert "another Vigil runs" in second.stderr
    before = up.num_scored()
    wait_until(lambda: up.num_scored() > before + 1, what="clips after the second one")


def test_sigterm_stops_every_part_within_five_seconds(up: Up) -> None:
    wait_until(lambda: up.num_scored() >= 1, what="the first clips")
    parts = psutil.Process(up.process.pid).children(recursive=True)
    asked = time.monotonic()
    up.process.send_signal(signal.SIGTERM)
    assert up.process.wait(10) == 0
    assert time.monotonic() - asked < 5.0
    assert not [part for part in parts if part.is_running()]


def test_nobody_outlives_a_killed_supervisor(up: Up) -> None:
    wait_until(lambda: up.num_scored() >= 1, what="the first clips")
    parts = psutil.Process(up.process.pid).children(recursive=True)
    os.kill(up.process.pid, signal.SIGKILL)
    up.process.wait(5)
    wait_until(
        lambda: not [part for part in parts if part.is_running() and part.status() != psutil.STATUS_ZOMBIE],
        what="all end",
        seconds=10,
    )
