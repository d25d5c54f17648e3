"""The wall's socket: tickets, the newest picture only, and no queue for a slow viewer."""

import asyncio
import json
import struct
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from app.dashboard.client import DashboardClient
from app.dashboard.listening import listen
from app.dashboard.routes.wall_socket import MAX_UNDER_WAY, TICKET_REFUSED, WRONG_MESSAGE, wall_routes
from app.dashboard.wall.hub import WallHub
from stream.bus import Bus
from stream.frames.files import FileFrameStore
from stream.frames.store import Preview
from stream.messages import SourceStatus
from stream.queue.status_board import StatusBoard
from tests.app.running import Installation
from tests.waiting import wait_until


@dataclass
class Wall:
    address: str
    client: DashboardClient
    hub: WallHub
    store: FileFrameStore

    def put(self, number: int) -> float:
        """Put a picture that bears a number, and return when it was captured."""
        captured_at = time.time()
        self.store.put_preview("bed-1", Preview(b"%d" % number, captured_at, 1, 4, 3, "pixelated"))
        return captured_at

    def watch(self, ticket: str | None = None) -> ClientConnection:
        return connect(f"{self.address}?ticket={self.client.tickets.issue() if ticket is None else ticket}")


@pytest.fixture
def wall(installation: Installation, tmp_path: Path) -> Iterator[Wall]:
    bus, store = Bus.connect(installation.bus_url), FileFrameStore(tmp_path)
    StatusBoard(bus).report_source(SourceStatus("bed-1", "live", reported_at=time.time()))
    client = DashboardClient(bus)
    hub = WallHub(client, store)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        reading = asyncio.create_task(hub.run())
        yield
        reading.cancel()

    app = Starlette(routes=wall_routes(hub, client.tickets), lifespan=lifespan)
    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", log_config=None, ws="websockets-sansio"))
    serving = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    serving.start()
    wait_until(lambda: server.started, what="the server has started")
    yield Wall(f"ws://127.0.0.1:{listener.getsockname()[1]}/ws/wall", client, hub, store)
    server.should_exit = True
    serving.join(10)
    bus.close()


def read(session: ClientConnection) -> tuple[dict[str, Any], bytes]:
    message = session.recv(timeout=10)
    assert isinstance(message, bytes)
    (length,) = struct.unpack(">I", message[:4])
    return json.loads(message[4 : 4 + length]), message[4 + length :]


def read_picture(session: ClientConnection) -> bytes:
    """Acknowledge batches until one has a picture; return it."""
    while True:
        header, pictures = read(session)
        session.send(str(header["number"]))
        if header["pictures"]:
            return pictures


def code_of_closing(session: ClientConnection) -> int:
    """Read until the server closes the socket; return its code."""
    try:
        while True:
            session.recv(timeout=10)
    except ConnectionClosed as closing:
        return closing.rcvd.code if closing.rcvd else 0


@pytest.mark.parametrize("ticket", ["", "1e18~x~y", "another"])
def test_viewer_without_a_ticket_is_refused(wall: Wall, ticket: str) -> None:
    with wall.watch(ticket) as session:
        assert code_of_closing(session) == TICKET_REFUSED


def test_every_picture_is_sent_once_and_the_clock_with_it(wall: Wall) -> None:
    wall.put(1)
    with wall.watch() as session:
        assert read_picture(session) == b"1"
        wall.put(2)
        assert read_picture(session) == b"2"
        header, pictures = read(session)
        assert (header["pictures"], pictures) == ([], b"")
        assert abs(header["server_at"] - time.time()) < 2
        assert [tile["source_id"] for tile in header["tiles"]] == ["bed-1"]


def test_slow_viewer_gets_the_newest_picture_and_no_queue(wall: Wall) -> None:
    wall.put(0)
    with wall.watch() as session:
        for _ in range(MAX_UNDER_WAY):
            read(session)
        for number in range(1, 6):
            captured_at = wall.put(number)
            wait_until(lambda at=captured_at: _newest(wall) == at, what="the hub has read the picture")  # type: ignore[misc]
        painted_at = time.time()
        session.send(str(MAX_UNDER_WAY))
        header, pictures = read(session)
        assert header["number"] == MAX_UNDER_WAY + 1
        assert header["server_at"] >= painted_at
        assert pictures == b"5"


def _newest(wall: Wall) -> float:
    preview = wall.hub.state.previews.get("bed-1")
    return preview.captured_at if preview else 0.0


@pytest.mark.parametrize("message", ["no number", b"1"])
def test_viewer_that_talks_nonsense_is_sent_away(wall: Wall, message: str | bytes) -> None:
    with wall.watch() as session:
        session.send(message)
        assert code_of_closing(session) == WRONG_MESSAGE


def test_viewer_that_leaves_is_no_longer_counted(wall: Wall) -> None:
    with wall.watch() as session:
        read(session)
        assert wall.hub.num_viewers == 1
    wait_until(lambda: wall.hub.num_viewers == 0, what="the viewer has left")
