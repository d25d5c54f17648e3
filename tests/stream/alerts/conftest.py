"""Real webhook receivers, a real server and a real ledger."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from stream.alerts.ledger import Ledger
from stream.bus import Bus
from stream.embedded import EmbeddedServer
from tests.stream.alerts.web_endpoint import Endpoint, running_endpoint


@pytest.fixture
def make_endpoint() -> Iterator[Callable[..., Endpoint]]:
    """Start as many web servers as a test asks for."""
    with ExitStack() as stack:
        yield lambda **how: stack.enter_context(running_endpoint(**how))


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """Address of a server that all these tests share, one after the other."""
    with tempfile.TemporaryDirectory(prefix="vigil-test-") as directory:
        server = EmbeddedServer(Path(directory))
        yield server.start()
        server.stop()


@pytest.fixture
def empty_bus(server_url: str) -> Iterator[Bus]:
    """A bus to that server, emptied."""
    bus = Bus.connect(server_url)
    bus.client.flushall()
    yield bus
    bus.close()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "ledger.sqlite") as opened:
        yield opened
