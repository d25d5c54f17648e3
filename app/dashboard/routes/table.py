"""Every HTTP endpoint of the dashboard, and the description of them all."""

import asyncio
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Route

from app.dashboard.client import DashboardClient
from app.dashboard.routes.alert_stream import stream_endpoint
from app.dashboard.routes.alerts import alert_endpoints
from app.dashboard.routes.endpoint import Endpoint, answer, refusal
from app.dashboard.routes.health import health_endpoints
from app.dashboard.routes.metrics import metrics_endpoint
from app.dashboard.routes.openapi import describe
from app.dashboard.routes.readings import reading_endpoints
from app.dashboard.routes.records import record_endpoints
from app.dashboard.wall.hub import WallHub

DESCRIPTION_PATH = "/api/openapi.json"


def endpoints(client: DashboardClient, hub: WallHub, stopping: asyncio.Event) -> list[Endpoint]:
    """Return every endpoint but the description itself."""
    return [
        *health_endpoints(client),
        metrics_endpoint(client, hub),
        *record_endpoints(client),
        *alert_endpoints(client),
        *reading_endpoints(client),
        stream_endpoint(client, stopping),
    ]


def api_routes(client: DashboardClient, hub: WallHub, stopping: asyncio.Event) -> list[BaseRoute]:
    """Return the routes of every endpoint and of the OpenAPI description, then those of all else under /api."""
    known = endpoints(client, hub, stopping)
    description = describe(known)

    async def openapi(_request: Request) -> Response:
        return answer(description)

    async def at_the_usual_place(_request: Request) -> Response:
        return RedirectResponse(DESCRIPTION_PATH)

    own = Endpoint("GET", DESCRIPTION_PATH, "This description", openapi)
    routes = [endpoint.to_route() for endpoint in (*known, own)]
    return [*routes, Route("/openapi.json", at_the_usual_place), *_rest_of_api(routes)]


def _rest_of_api(routes: Sequence[Route]) -> list[Route]:
    """Return routes that refuse whatever else is asked of the API: a program wants JSON, not the pages' HTML."""

    async def refuse(request: Request) -> Response:
        path = request.url.path
        near = [route.methods or () for route in routes if route.matches(request.scope)[0] == Match.PARTIAL]
        allowed = sorted({method for methods in near for method in methods})
        if allowed:
            response = refusal(405, f"{path} takes {' or '.join(allowed)}, not {request.method}")
            response.headers["Allow"] = ", ".join(allowed)
            return response
        return refusal(404, f"there is no {path}; {DESCRIPTION_PATH} names what there is")

    every_method = ["DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT"]
    return [Route(path, refuse, methods=every_method) for path in ("/api", "/api/{rest:path}")]
