"""/api/alerts/stream: events and alerts as they come, as server-sent events."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from functools import partial

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from app.dashboard.client import DashboardClient
from app.dashboard.routes.endpoint import Endpoint, refusal
from stream.errors import StreamError
from stream.messages import Alert, Event

HEARTBEAT_SECONDS = 10.0
LOOK_SECONDS = 0.5
"""How long one look for news waits; also how soon a stream ends when the server stops."""
RETRY_MS = 2000
MAX_FOLLOWERS = 64

Wants = Callable[[Event | Alert], bool]


def stream_endpoint(client: DashboardClient, stopping: asyncio.Event) -> Endpoint:
    """Return the endpoint that follows events and alerts."""
    followers = _Followers(client, stopping)

    async def follow(request: Request) -> Response:
        after_id = request.headers.get("last-event-id") or request.query_params.get("last_event_id")
        if followers.num_followers >= MAX_FOLLOWERS:
            return refusal(503, f"at most {MAX_FOLLOWERS} may follow at once")
        try:
            wants = await to_thread.run_sync(_filter, client, request.query_params.get("subscription"))
        except LookupError as error:
            return refusal(404, str(error))
        except StreamError as error:
            return refusal(503, str(error))
        lines = followers.follow(after_id, wants)
        return StreamingResponse(lines, media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    return Endpoint(
        "GET",
        "/api/alerts/stream",
        "Events and alerts as they come (server-sent events); Last-Event-ID resumes, 0 begins with all that is kept",
        follow,
        media_type="text/event-stream",
        query={
            "last_event_id": "as the header Last-Event-ID, for clients that cannot set it",
            "subscription": "name of a stored SSE subscription: only the alerts that it wants",
        },
        refusals={
            404: "There is no such subscription",
            503: f"{MAX_FOLLOWERS} follow already, or the watcher, who keeps the subscriptions, does not answer",
        },
    )


def _filter(client: DashboardClient, name: str | None) -> Wants:
    """Return which messages a follower wants to hear of.

    Raises:
        LookupError: no SSE subscription has this name.
        StreamError: the watcher does not answer.
    """
    if name is None:
        return lambda _message: True
    for subscription in client.desk.subscriptions():
        if subscription.kind == "sse" and name in (subscription.address, subscription.subscription_id):
            return lambda message: isinstance(message, Alert) and subscription.wants(message)
    raise LookupError(f"no SSE subscription is called {name!r}; make it with: vigil alerts subscribe --sse {name}")


class _Followers:
    def __init__(self, client: DashboardClient, stopping: asyncio.Event) -> None:
        self._client = client
        self._stopping = stopping
        # Threads of our own: waiting for news must not take those that serve pages.
        self._threads = CapacityLimiter(MAX_FOLLOWERS)
        self.num_followers = 0

    async def follow(self, after_id: str | None, wants: Wants) -> AsyncIterator[str]:
        """Yield server-sent events until the server stops."""
        self.num_followers += 1
        said_at = time.monotonic()
        try:
            yield f"retry: {RETRY_MS}\n\n"
            while not self._stopping.is_set():
                for event_id, line in await self._look(after_id, wants):
                    after_id = event_id
                    if line:
                        yield line
                        said_at = time.monotonic()
                if time.monotonic() - said_at >= HEARTBEAT_SECONDS:
                    yield ": still here\n\n"
                    said_at = time.monotonic()
        finally:
            self.num_followers -= 1

    async def _look(self, after_id: str | None, wants: Wants) -> list[tuple[str | None, str]]:
        """Return what is new, of what is not wanted the position alone.

        What the bus does not give now is asked for again, and said in a comment.
        """
        desk = self._client.desk
        try:
            if after_id is None:
                newest_id = await to_thread.run_sync(desk.latest_id, limiter=self._threads)
                return [(newest_id, f"id: {newest_id}\n: following\n\n")]
            look = partial(desk.follow, after_id, block_seconds=LOOK_SECONDS)
            news = await to_thread.run_sync(look, limiter=self._threads)
        except StreamError as error:
            await asyncio.sleep(LOOK_SECONDS)
            return [(after_id, f": {' '.join(str(error).split())}\n\n")]
        return [(event_id, _as_event(event_id, message) if wants(message) else "") for event_id, message in news]


def _as_event(event_id: str, message: Event | Alert) -> str:
    kind = type(message).__name__.lower()
    # JSON escapes every line break, so nobody's text can end the line and start an event of its own.
    return f"id: {event_id}\nevent: {kind}\ndata: {message.encode().decode()}\n\n"
