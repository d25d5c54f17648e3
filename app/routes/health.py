"""/healthz and /readyz: for whatever restarts processes and sends requests to them."""

import time
from dataclasses import dataclass

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from app.client import DashboardClient
from app.routes.endpoint import Endpoint, answer

OLDEST_REPORT_SECONDS = 10.0


@dataclass(frozen=True)
class Readiness:
    """Whether the system as a whole watches, and if not, why not."""

    is_ready: bool
    reasons: list[str]


def health_endpoints(client: DashboardClient) -> list[Endpoint]:
    """Return the endpoints about life and readiness."""

    async def healthz(_request: Request) -> Response:
        return answer({"status": "alive"})

    async def readyz(_request: Request) -> Response:
        reasons = await to_thread.run_sync(lambda: find_reasons(client, now=time.time()))
        readiness = {"is_ready": not reasons, "reasons": reasons}
        return answer(readiness, 503 if reasons else 200)

    return [
        Endpoint("GET", "/healthz", "Whether this process lives", healthz),
        Endpoint(
            "GET",
            "/readyz",
            "Whether the system as a whole watches",
            readyz,
            answer=Readiness,
            refusals={503: "It does not; the reasons are in the answer"},
        ),
    ]


def find_reasons(client: DashboardClient, *, now: float) -> list[str]:
    """Return why the system does not watch; empty when it does."""
    workers, watcher = client.workers.get(), client.watcher.get().value
    if workers.is_stale:
        return [f"the server of the results does not answer: {workers.reason}"]
    reasons = []
    if not any(now - worker.reported_at <= OLDEST_REPORT_SECONDS for worker in workers.value.values()):
        reasons.append(f"required a worker that reported within {OLDEST_REPORT_SECONDS:.0f} s, found none")
    if watcher is None:
        reasons.append("required a watcher, found none that ever reported")
    elif now - watcher.reported_at > OLDEST_REPORT_SECONDS:
        reasons.append(f"the watcher has been silent for {now - watcher.reported_at:.0f} s")
    elif watcher.problem:
        reasons.append(f"the watcher cannot work: {watcher.problem}")
    return reasons
