"""/ws/wall: the one socket through which a viewer gets every tile.

The viewer says which batch it has painted; no more than two are under way, so a slow network or a slow
computer gets fewer pictures, each of them new, and never a queue of old ones.
"""

import asyncio
import logging
import time

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.dashboard.wall.batches import Batch
from app.dashboard.wall.hub import WallHub
from app.dashboard.wall.tickets import LIFETIME_SECONDS, TicketOffice

logger = logging.getLogger(__name__)

MAX_UNDER_WAY = 2
MAX_VIEWERS = 64
SILENCE_SECONDS = 1.0
"""The longest time between two batches: the viewer's clock and its trust live on them."""
TICKET_REFUSED, WRONG_MESSAGE, TOO_MANY_VIEWERS = 4401, 1008, 1013


def wall_routes(hub: WallHub, tickets: TicketOffice) -> list[WebSocketRoute]:
    """Return the route of the wall's socket."""

    async def serve_wall(websocket: WebSocket) -> None:
        await websocket.accept()
        if not tickets.accepts(websocket.query_params.get("ticket", "")):
            await websocket.close(TICKET_REFUSED, "the ticket is not ours or its time is over; load the page again")
        elif hub.num_viewers >= MAX_VIEWERS:
            await websocket.close(TOO_MANY_VIEWERS, f"at most {MAX_VIEWERS} viewers may watch at once")
        else:
            async with hub.watching():
                await _Viewer(websocket, hub, tickets).serve()

    return [WebSocketRoute("/ws/wall", serve_wall)]


class _WrongMessage(Exception):
    """The viewer said something that is no number of a batch."""


class _Viewer:
    def __init__(self, websocket: WebSocket, hub: WallHub, tickets: TicketOffice) -> None:
        self._websocket = websocket
        self._hub = hub
        self._tickets = tickets
        self._num_sent = 0
        self._num_painted = 0
        self._painted = asyncio.Event()
        self._shown: dict[str, float] = {}
        self._ticket_at = time.monotonic()

    async def serve(self) -> None:
        """Send batches until the viewer leaves; whatever fails ends the connection, and the viewer comes again."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._send_batches())
                tasks.create_task(self._receive())
        except* WebSocketDisconnect:
            logger.debug("a viewer of the wall left")
        except* _WrongMessage:
            await self._websocket.close(WRONG_MESSAGE, "only numbers of painted batches are understood")

    async def _receive(self) -> None:
        while True:
            try:
                number = int(await self._websocket.receive_text())
            except (ValueError, KeyError) as error:  # no number, or no text at all
                raise _WrongMessage from error
            self._num_painted = max(self._num_painted, number)  # two batches may be painted in either order
            self._painted.set()

    async def _send_batches(self) -> None:
        while True:
            await self._hub.changed(SILENCE_SECONDS)
            while self._num_sent - self._num_painted >= MAX_UNDER_WAY:
                self._painted.clear()
                await self._painted.wait()
            await self._websocket.send_bytes(self._next_batch().encode())

    def _next_batch(self) -> Batch:
        state = self._hub.state
        pictures = [
            (source_id, preview)
            for source_id, preview in state.previews.items()
            if self._shown.get(source_id) != preview.captured_at
        ]
        self._shown.update({source_id: preview.captured_at for source_id, preview in pictures})
        self._num_sent += 1
        return Batch(
            number=self._num_sent,
            server_at=time.time(),
            tiles=state.tiles,
            pictures=pictures,
            stale_since=state.stale_since,
            ticket=self._renewed_ticket(),
        )

    def _renewed_ticket(self) -> str | None:
        if time.monotonic() - self._ticket_at < LIFETIME_SECONDS / 3:
            return None
        self._ticket_at = time.monotonic()
        return self._tickets.issue()
