"""A server, a frame store and real ingester processes: what the tests of live ingest run on."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from models.predictor import ClipSpec
from stream.bus import Bus
from stream.embedded import EmbeddedServer
from stream.frames.address import open_frame_store
from stream.frames.store import FrameStore
from stream.messages import InferenceRequest, SourceStatus
from stream.queue.account import Account, FrameAccount, Gap
from stream.queue.request_queue import RequestQueue
from stream.queue.status_board import StatusBoard
from stream.source_registry import SourceRegistry, StoredSource
from stream.video_writer import VideoWriter
from tests.waiting import wait_until


def write_video(path: Path, *, num_frames: int, width: int = 320, height: int = 240, rate_hz: float = 25.0) -> Path:
    writer = VideoWriter(path, width=width, height=height, frame_rate_hz=rate_hz)
    noise = np.random.default_rng(5).integers(0, 40, (height, width, 3), dtype=np.uint8)
    for index in range(num_frames):
        writer.write(np.roll(noise, index, axis=1) + np.uint8(index % 100 * 2))
    writer.close()
    return path


class IngestSystem:
    """A server, a frame store, and the ingester processes that a test starts."""

    def __init__(self, directory: Path, server: EmbeddedServer, url: str) -> None:
        self.directory = directory
        self.server = server
        self.url = url
        self.frames_url = f"shm://{directory / 'frames'}"
        self.bus = Bus.connect(url)
        self.registry = SourceRegistry(self.bus)
        self.account = Account(self.bus)
        self.processes: list[subprocess.Popen[bytes]] = []

    @property
    def server_directory(self) -> Path:
        return Path(self.url.removeprefix("unix://").partition("?")[0]).parent

    @property
    def store(self) -> FrameStore:
        return open_frame_store(self.frames_url)

    def add(self, source_id: str, url: Path | str, *, spec: ClipSpec | None = None, **options: Any) -> StoredSource:
        models = options.pop("models", {"motion": spec or ClipSpec(8, 10.0, 0.4, 64)})
        source = StoredSource(source_id, str(url), models, **options)
        self.registry.add(source)
        return source

    def start(self, source_id: str, **settings: Any) -> "subprocess.Popen[bytes]":
        environment = {
            **os.environ,
            "VIGIL_BUS_URL": self.url,
            "VIGIL_FRAMES_URL": self.frames_url,
            "VIGIL_INGEST_SETTINGS": json.dumps(settings),
            "VIGIL_PARENT": str(os.getpid()),
            "VIGIL_JOURNAL": str(self.journal_path(source_id)),
            "OMP_NUM_THREADS": "1",
        }
        log = (self.directory / f"{source_id}.log").open("ab")
        with log:
            process = subprocess.Popen(
                [sys.executable, "-m", "stream.ingester", source_id], env=environment, stdout=log, stderr=log
            )
        self.processes.append(process)
        return process

    def journal_path(self, source_id: str) -> Path:
        return self.directory / f"{source_id}.journal"

    def journal(self, source_id: str, word: str) -> list[tuple[str, str]]:
        """Model and entry id of every clip that was offered or accepted."""
        path = self.journal_path(source_id)
        lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
        return [(model, entry_id) for found, _, model, entry_id in lines if found == word]

    def log(self, source_id: str) -> str:
        return (self.directory / f"{source_id}.log").read_text(encoding="utf-8")

    def status(self, source_id: str) -> SourceStatus | None:
        return StatusBoard(self.bus).sources().get(source_id)

    def wait_for(
        self, source_id: str, condition: Callable[[SourceStatus], bool], timeout_seconds: float = 20.0
    ) -> SourceStatus:
        """Wait for a report of the source that fits, and return it."""
        found: list[SourceStatus] = []

        def is_there() -> bool:
            status = self.status(source_id)
            found[:] = [status] if status and condition(status) else []
            return bool(found)

        wait_until(is_there, timeout_seconds, lambda: f"{self.status(source_id)}\n{self.log(source_id)}")
        return found[0]

    def wait_for_state(self, source_id: str, state: str, timeout_seconds: float = 20.0) -> SourceStatus:
        return self.wait_for(source_id, lambda status: status.state == state, timeout_seconds)

    def frames(self, source_id: str) -> FrameAccount:
        found = {account.source_id: account for account in self.account.frames()}
        return found.get(source_id, FrameAccount(source_id, decoded=0, published=0))

    def gaps(self, source_id: str) -> list[Gap]:
        """Gaps of the source, oldest first."""
        return self.account.gaps(source_id)[::-1]

    def requests(self, source_id: str) -> list[InferenceRequest]:
        """Every clip that waits for a worker, in order by model."""
        streams = [stream for stream in RequestQueue(self.bus).streams() if stream.source_id == source_id]
        entries = [entry for stream in streams for entry in self.bus.client.xrange(stream.key)]
        return [InferenceRequest.decode(fields[b"request"]) for _, fields in entries]

    def wait_for_clips(self, source_id: str, count: int, timeout_seconds: float = 20.0) -> list[InferenceRequest]:
        """Wait until so many clips of the source wait for a worker, and return them."""
        wait_until(lambda: len(self.requests(source_id)) >= count, timeout_seconds, lambda: self.log(source_id))
        return self.requests(source_id)

    def kill_server(self) -> None:
        """Let the server die as in an accident; `server.start` brings it back with what it had been told."""
        os.kill(self.server.process_id, signal.SIGKILL)

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()
        self.bus.close()
        if self.frames_url.startswith("shm://"):
            shutil.rmtree(self.frames_url.removeprefix("shm://"), ignore_errors=True)
