"""Real servers, real videos and real ingester processes, each private to its test and ended with it."""

import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stream.bus import Bus
from stream.embedded import EmbeddedServer
from tests.stream.bus_servers import bus, embedded_url, own_server  # noqa: F401
from tests.stream.ingest_system import IngestSystem, write_video

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
    directory = Path(tempfile.mkdtemp(prefix="vigil-test-"))
    server = EmbeddedServer(directory, is_durable=is_durable, program=Path(found) if found else None)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def frame_server_url() -> Iterator[str]:
    """Address of a server that keeps nothing."""
    with embedded_server(None, is_durable=False) as server:
        yield server.start()


@pytest.fixture
def system(tmp_path: Path, own_server: EmbeddedServer) -> Iterator[IngestSystem]:
    """A server and a frame store for the ingesters that a test starts."""
    running = IngestSystem(tmp_path, own_server, own_server.start())
    yield running
    running.close()


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture
def silent_camera_url() -> Iterator[str]:
    """Address of a camera that takes connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield f"rtsp://127.0.0.1:{listener.getsockname()[1]}/ward"


@pytest.fixture(scope="session")
def moving_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds and a half, 25 frames a second, each brighter than the one before: 60 frames, 320x240, H.264."""
    return write_video(tmp_path_factory.mktemp("videos") / "moving.mp4", num_frames=60)
