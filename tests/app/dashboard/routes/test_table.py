"""What the API says to requests that it has no answer to; no server of results is needed for that."""

import asyncio
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from app.dashboard.client import DashboardClient
from app.dashboard.routes.table import api_routes
from app.dashboard.wall.hub import WallHub
from stream.bus import Bus
from stream.frames.address import open_frame_store


class Http:
    """Asks an application without a network."""

    def __init__(self, app: Starlette) -> None:
        self._app = app

    def ask(self, method: str, path: str) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://vigil") as client:
                return await client.request(method, path)

        return asyncio.run(ask())


@pytest.fixture
def http(tmp_path: Path) -> Http:
    client = DashboardClient(Bus.connect("redis://127.0.0.1:1"))
    hub = WallHub(client, open_frame_store(f"shm://{tmp_path}", retention_seconds=60.0))
    return Http(Starlette(routes=api_routes(client, hub, asyncio.Event())))


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nosuch", "/api/alerts/a1/nosuch"])
def test_what_the_api_has_not_is_refused_in_json(http: Http, path: str) -> None:
    answer = http.ask("GET", path)
    assert answer.status_code == 404
    assert answer.json() == {"error": f"there is no {path}; /api/openapi.json names what there is"}


def test_a_method_that_a_path_does_not_take_is_named(http: Http) -> None:
    answer = http.ask("DELETE", "/api/alerts")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert answer.json() == {"error": "/api/alerts takes GET or HEAD, not DELETE"}


def test_the_description_is_also_found_where_others_have_theirs(http: Http) -> None:
    answer = http.ask("GET", "/openapi.json")
    assert (answer.status_code, answer.headers["location"]) == (307, "/api/openapi.json")
    assert http.ask("GET", "/api/openapi.json").json()["openapi"] == "3.1.0"


def test_alerts_of_a_state_that_there_is_not_are_refused(http: Http) -> None:
    answer = http.ask("GET", "/api/alerts?state=typo")
    assert answer.status_code == 422
    assert answer.json()["error"] == ("state must be pending, active, acknowledged, latched or resolved, got 'typo'")
