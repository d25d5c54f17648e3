"""/mjpeg/{source}: one source as motion JPEG, for players that are no browser page."""

import asyncio
import time
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from app.dashboard.not_monitored import not_monitored_jpeg
from app.dashboard.routes.endpoint import refusal
from app.dashboard.wall.hub import WallHub
from app.dashboard.wall.tiles import Tile

BOUNDARY = "vigil-frame"
OLDEST_PICTURE_SECONDS = 3.0
PANEL_INTERVAL_SECONDS = 1.0


def mjpeg_routes(hub: WallHub, stopping: asyncio.Event) -> list[Route]:
    """Return the route of the motion JPEG streams."""

    async def serve_mjpeg(request: Request) -> Response:
        source_id = request.path_params["source"]
        if await _find_tile(hub, source_id) is None:
            return refusal(404, f"there is no source {source_id!r}; see /api/sources")
        return StreamingResponse(
            _pictures(hub, source_id, stopping),
            media_type=f"multipart/x-mixed-replace; boundary={BOUNDARY}",
            headers={"Cache-Control": "no-store", "Content-Encoding": "identity"},
        )

    return [Route("/mjpeg/{source}", serve_mjpeg)]


async def _find_tile(hub: WallHub, source_id: str) -> Tile | None:
    async with hub.watching():
        await hub.changed(timeout_seconds=3.0)
    return next((tile for tile in hub.state.tiles if tile.source_id == source_id), None)


async def _pictures(hub: WallHub, source_id: str, stopping: asyncio.Event) -> AsyncIterator[bytes]:
    """Yield every new picture; when there is none that is fresh, a panel that says so."""
    shown_at: float | None = None
    panel_at = 0.0
    async with hub.watching():
        while not stopping.is_set():
            await hub.changed(timeout_seconds=0.5)
            now = time.time()
            tile = next((tile for tile in hub.state.tiles if tile.source_id == source_id), None)
            preview = hub.state.previews.get(source_id)
            if tile is None:
                return
            if preview and tile.state == "live" and now - preview.captured_at <= OLDEST_PICTURE_SECONDS:
                if preview.captured_at != shown_at:
                    shown_at = preview.captured_at
                    yield _part(preview.jpeg)
            elif now - panel_at >= PANEL_INTERVAL_SECONDS:
                panel_at = now
                yield _part(not_monitored_jpeg(source_id, since=shown_at or tile.last_frame_at or tile.changed_at))


def _part(jpeg: bytes) -> bytes:
    head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
    return head.encode() + jpeg + b"\r\n"
