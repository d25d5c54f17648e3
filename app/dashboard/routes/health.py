"""/healthz and /readyz: for whatever restarts processes and sends requests to them."""

import time
from dataclasses import asdict, dataclass

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from app.dashboard.client import DashboardClient
from app.dashboard.routes.endpoint import Endpoint, answer
from stream.queue.account import Gap

OLDEST_REPORT_SECONDS = 10.0


@dataclass(frozen=True)
class Readiness:
    """Whether the system as a whole watches, and if not, why not."""

    is_ready: bool
    reasons: list[str]
    unwatched: list[Gap]
    """Sources that are not monitored or not analysed now, since when and why. One of them does not make the system
    unready: its page is where that is seen. All of them do."""


def health_endpoints(client: DashboardClient) -> list[Endpoint]:
    """Return the endpoints about life and readiness."""

    async def healthz(_request: Request) -> Response:
        return answer({"status": "alive"})

    async def readyz(_request: Request) -> Response:
        readiness = await to_thread.run_sync(lambda: judge_readiness(client, now=time.time()))
        return answer(asdict(readiness), 200 if readiness.is_ready else 503)

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


def judge_readiness(client: DashboardClient, *, now: float) -> Readiness:
    """Return whether the system as a whole watches, and which sources nobody watches."""
    sources = {source_id for source_id, status in client.sources.get().value.items() if status.state != "ended"}
    unwatched = [gap for gap in client.open_gaps.get().value if gap.source_id in sources]
    reasons = find_reasons(client, now=now)
    if sources and sources == {gap.source_id for gap in unwatched}:
        reasons.append(f"none of the sources ({len(sources)}) is both monitored and analysed")
    return Readiness(not reasons, reasons, unwatched)


def find_reasons(client: DashboardClient, *, now: float) -> list[str]:
    """Return which parts of the system are missing; empty when none is."""
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
