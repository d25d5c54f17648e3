"""/api/sources, /api/events, /api/account: what the system knows, as JSON."""

from dataclasses import asdict, dataclass

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from app.dashboard.client import DashboardClient
from app.dashboard.routes.endpoint import Endpoint, answer, freshness, listing, refusal
from stream.messages import Event, SourceStatus
from stream.queue.account import ClipAccount, FrameAccount, Gap

MAX_EVENTS = 1000


@dataclass(frozen=True)
class AccountAnswer:
    """Where every clip and frame went."""

    clips: list[ClipAccount]
    frames: list[FrameAccount]
    gaps: list[Gap]
    is_closed: bool
    """Whether every produced clip is scored, dropped with a reason, dead or in flight."""
    read_at: float | None
    stale_since: float | None


def record_endpoints(client: DashboardClient) -> list[Endpoint]:
    """Return the endpoints that only read."""

    async def sources(_request: Request) -> Response:
        snapshot = await to_thread.run_sync(client.sources.get)
        return listing(snapshot, [snapshot.value[source_id] for source_id in sorted(snapshot.value)])

    async def events(request: Request) -> Response:
        limit = request.query_params.get("limit", "200")
        if not limit.isascii() or not limit.isdigit() or not 1 <= int(limit) <= MAX_EVENTS:
            return refusal(422, f"limit must be a whole number from 1 to {MAX_EVENTS}, got {limit!r}")
        snapshot = await to_thread.run_sync(client.events.get)
        source_id = request.query_params.get("source")
        found = [event for event in snapshot.value if source_id in (None, event.source_id)]
        return listing(snapshot, found[: int(limit)])

    async def account(_request: Request) -> Response:
        return answer(asdict(await to_thread.run_sync(_read_account)))

    def _read_account() -> AccountAnswer:
        clips, frames, gaps = client.clip_accounts.get(), client.frame_accounts.get(), client.gaps.get()
        return AccountAnswer(
            clips=list(clips.value),
            frames=list(frames.value),
            gaps=list(gaps.value),
            is_closed=all(clip.is_closed for clip in clips.value),
            **freshness(clips),
        )

    return [
        Endpoint("GET", "/api/sources", "How every source is", sources, answer=SourceStatus, is_listing=True),
        Endpoint(
            "GET",
            "/api/events",
            "What happened at the sources, newest first",
            events,
            answer=Event,
            is_listing=True,
            query={"source": "only events of this source", "limit": f"at most so many, up to {MAX_EVENTS}"},
            refusals={422: "The limit is no number or out of range"},
        ),
        Endpoint("GET", "/api/account", "Where every clip and frame went", account, answer=AccountAnswer),
    ]
