"""Embedded servers that the tests of the bus run on: shared and emptied, or one for a test alone."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stream.bus import Bus
from stream.embedded import EmbeddedServer

SERVER_PROGRAMS = {"valkey": None, "redis": "redis-server"}
"""Programs that the bus must work with: the embedded one and Debian's."""


@pytest.fixture(scope="session", params=SERVER_PROGRAMS)
def embedded_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of an embedded server, once with each program; shared by the tests of a run."""
    with embedded_server(SERVER_PROGRAMS[request.param]) as server:
        yield server.start()


@pytest.fixture
def bus(embedded_url: str) -> Iterator[Bus]:
    """A bus to an empty embedded server."""
    bus = Bus.connect(embedded_url)
    bus.client.flushall()
    yield bus
    bus.close()


@pytest.fixture
def own_server() -> Iterator[EmbeddedServer]:
    """An embedded server for one test alone, to be killed and started at will."""
    with embedded_server(None) as server:
        yield server


@contextmanager
def embedded_server(program: str | None, *, is_durable: bool = True) -> Iterator[EmbeddedServer]:
    found = shutil.which(program) if program else None
    if program and not found:
        pytest.skip(f"{program} is absent; install it to test with it: apt-get install {program}")
    directory = Path(tempfile.mkdtemp(prefix="vigil-test-"))  # a unix socket's path must be short
    server = EmbeddedServer(directory, is_durable=is_durable, program=Path(found) if found else None)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)
