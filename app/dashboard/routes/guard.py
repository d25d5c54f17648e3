"""What every request passes first: whose page asks, by which name, and what the browser may do with the answer."""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_POLICY = "; ".join(
    (
        "default-src 'self'",
        # Streamlit starts components from blob: modules, and its charts compile expressions.
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
"""Nothing is loaded from, and nothing is sent to, any other host."""

SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
POLICY_VIOLATION = 1008


class Guard:
    """Refuses requests by a host name that is not ours (DNS rebinding) and changes asked for by another
    site's page (cross-site requests, sockets included); adds the security headers to every answer.
    """

    def __init__(self, app: ASGIApp, allowed_hosts: Collection[str]) -> None:
        self._app = app
        self._allowed_hosts = frozenset(host.lower() for host in allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        problem = self._problem(scope)
        if scope["type"] == "websocket":
            await (_refuse_socket(send, problem) if problem else self._app(scope, receive, send))
            return
        guarded_send = _with_security_headers(send)
        app = JSONResponse({"error": problem}, status_code=403) if problem else self._app
        await app(scope, receive, guarded_send)

    def _problem(self, scope: Scope) -> str:
        """Return why the request is refused; empty when it is not."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if _host_name(host) not in self._allowed_hosts:
            return f"this server does not answer to the host name {host!r}; add it to dashboard.allowed_hosts"
        origin = headers.get("origin")
        is_change = scope["type"] == "websocket" or scope["method"] not in SAFE_METHODS
        if is_change and origin is not None and urlsplit(origin).netloc != host:
            return f"a page of {origin!r} may not do this; open the dashboard itself"
        return ""


def _host_name(host: str) -> str:
    try:
        parts = urlsplit(f"//{host}")
        return "" if "@" in parts.netloc else (parts.hostname or "").lower()
    except ValueError:
        return ""


async def _refuse_socket(send: Send, problem: str) -> None:
    await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": problem[:120]})


def _with_security_headers(send: Send) -> Send:
    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return guarded
