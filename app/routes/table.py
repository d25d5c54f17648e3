"""Every HTTP endpoint of the dashboard, and the description of them all."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from app.client import DashboardClient
from app.routes.alert_stream import stream_endpoint
from app.routes.alerts import alert_endpoints
from app.routes.endpoint import Endpoint, answer
from app.routes.health import health_endpoints
from app.routes.metrics import metrics_endpoint
from app.routes.openapi import describe
from app.routes.records import record_endpoints
from app.wall.hub import WallHub


def endpoints(client: DashboardClient, hub: WallHub, stopping: asyncio.Event) -> list[Endpoint]:
    """Return every endpoint but the description itself."""
    return [
        *health_endpoints(client),
        metrics_endpoint(client, hub),
        *record_endpoints(client),
        *alert_endpoints(client),
        stream_endpoint(client, stopping),
    ]


def api_routes(client: DashboardClient, hub: WallHub, stopping: asyncio.Event) -> list[BaseRoute]:
    """Return the routes of every endpoint and of the OpenAPI description."""
    known = endpoints(client, hub, stopping)
    description = describe(known)

    async def openapi(_request: Request) -> Response:
        return answer(description)

    own = Endpoint("GET", "/api/openapi.json", "This description", openapi)
    return [endpoint.to_route() for endpoint in (*known, own)]
