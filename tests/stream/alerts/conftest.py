"""Real webhook receivers and a real ledger."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from stream.alerts.ledger import Ledger
from tests.stream.alerts.web_endpoint import Endpoint, serve


@pytest.fixture
def make_endpoint() -> Iterator[Callable[..., Endpoint]]:
    """Start as many web servers as a test asks for."""
    with ExitStack() as stack:

        def make(**how: Any) -> Endpoint:
            endpoint = Endpoint(**how)
            server = serve(endpoint)
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
            endpoint.url = f"http://127.0.0.1:{server.server_port}/alerts"
            return endpoint

        yield make


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "ledger.sqlite") as opened:
        yield opened
