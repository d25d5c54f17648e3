"""An HTTP endpoint with what the API's description says of it."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.dashboard.snapshot import Snapshot


@dataclass(frozen=True)
class Endpoint:
    """One method of one path."""

    method: Literal["GET", "POST"]
    path: str
    summary: str
    respond: Callable[[Request], Awaitable[Response]]
    answer: Any = None
    """Type of the answer, or of one item of a listing; None when it is not JSON."""
    is_listing: bool = False
    media_type: str = "application/json"
    body: dict[str, Any] | None = None
    """JSON Schema of the request's body."""
    query: dict[str, str] = field(default_factory=dict)
    """Query parameters, each with what it means."""
    refusals: dict[int, str] = field(default_factory=dict)
    """Status codes of answers that are no success, each with its meaning."""

    def to_route(self) -> Route:
        return Route(self.path, self.respond, methods=[self.method])


def listing(snapshot: Snapshot[Any], items: list[Any]) -> JSONResponse:
    """Answer with items, and since when they could no longer be read (null while they can)."""
    return answer({"items": [asdict(item) for item in items], **freshness(snapshot)})


def freshness(snapshot: Snapshot[Any]) -> dict[str, Any]:
    return {"read_at": snapshot.read_at, "stale_since": snapshot.stale_since}


def answer(content: Any, status_code: int = 200) -> JSONResponse:
    """Answer with JSON that no cache keeps."""
    return JSONResponse(content, status_code=status_code, headers={"Cache-Control": "no-store"})


def refusal(status_code: int, reason: str) -> JSONResponse:
    """Answer with one line that says what was required and what was found."""
    return answer({"error": reason}, status_code)
