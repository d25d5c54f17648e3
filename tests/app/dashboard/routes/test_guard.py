"""Who may ask what: host names, origins, and the headers of every answer."""

import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from app.dashboard.routes.guard import Guard

APP = Guard(
    Starlette(routes=[Route("/", lambda _request: PlainTextResponse("hello"), methods=["GET", "POST"])]),
    allowed_hosts=("127.0.0.1", "localhost", "::1", "vigil.example"),
)


def ask(method: str = "GET", **headers: str) -> httpx.Response:
    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(APP), base_url="http://127.0.0.1:8501") as client:
            return await client.request(method, "/", headers=headers)

    return asyncio.run(send())


@pytest.mark.parametrize("host", ["127.0.0.1:8501", "localhost", "LOCALHOST:1", "[::1]:8501", "vigil.example"])
def test_our_own_names_are_answered(host: str) -> None:
    assert ask(host=host).text == "hello"


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "[", "evil.example@127.0.0.1:x", "10.0.0.1:8501"]
)
def test_other_host_names_are_refused_against_dns_rebinding(host: str) -> None:
    answer = ask(host=host)
    assert answer.status_code == 403
    assert "dashboard.allowed_hosts" in answer.json()["error"]


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:9999", "null", "http://localhost:8501"])
def test_changes_asked_for_by_other_pages_are_refused(origin: str) -> None:
    assert ask("POST", origin=origin).status_code == 403


def test_changes_asked_for_by_our_own_page_or_by_a_program_are_answered() -> None:
    assert ask("POST", origin="http://127.0.0.1:8501").text == "hello"
    assert ask("POST").text == "hello"


def test_every_answer_carries_the_security_headers() -> None:
    for answer in (ask(), ask(host="evil.example")):
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
