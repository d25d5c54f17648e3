"""A real dashboard process on a real server, fed by a process that stands in for ingesters and a worker."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from stream.embedded import EmbeddedServer
from tests.app.running import Installation


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    """An installation for the tests of one file."""
    directory = Path(tempfile.mkdtemp(prefix="vigil-test-"))
    frames = Path(tempfile.mkdtemp(prefix="vigil-test-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None))
    server = EmbeddedServer(directory / "server")
    running = Installation(directory, frames, server, server.start())
    yield running
    running.stop()
    shutil.rmtree(directory, ignore_errors=True)
    shutil.rmtree(frames, ignore_errors=True)
