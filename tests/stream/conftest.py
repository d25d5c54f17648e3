"""Real servers, real videos and real ingester processes, each private to its test and ended with it."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from stream.embedded import EmbeddedServer
from tests.stream.bus_servers import bus, embedded_server, embedded_url, own_server  # noqa: F401
from tests.stream.ingest_system import IngestSystem, write_video


@pytest.fixture
def frame_server_url() -> Iterator[str]:
    """Address of a server that keeps nothing."""
    with embedded_server(None, is_durable=False) as server:
        yield server.start()


@pytest.fixture
def system(tmp_path: Path, own_server: EmbeddedServer) -> Iterator[IngestSystem]:  # noqa: F811
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
