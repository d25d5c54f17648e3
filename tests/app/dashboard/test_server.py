"""The dashboard's process from outside: its HTTP interface, its refusals, and how it stops."""

import json
import os
import signal
import threading
import time
from collections.abc import Iterator

import cv2
import httpx
import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.dashboard.listening import require_loopback
from app.dashboard.theme import PANEL
from app.pictures.palette import rgb
from stream.bus import Bus
from stream.queue.account import Account, Gap
from tests.app.running import RUN_DASHBOARD, Dashboard, Installation, read_log
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def dashboard(installation: Installation) -> Dashboard:
    installation.start_feeder()
    return installation.start_dashboard()


@pytest.fixture(scope="module")
def http(dashboard: Dashboard) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=dashboard.url, timeout=10) as client:
        wait_until(lambda: len(client.get("/api/sources").json()["items"]) == 4, what="all sources report")
        yield client


def test_a_living_process_says_so(http: httpx.Client) -> None:
    assert http.get("/healthz").json() == {"status": "alive"}


def test_readiness_names_what_is_missing(http: httpx.Client) -> None:
    answer = http.get("/readyz")
    assert answer.status_code == 503
    expected = {"is_ready": False, "reasons": ["required a watcher, found none that ever reported"], "unwatched": []}
    assert answer.json() == expected


def test_readiness_names_the_sources_that_nobody_watches_and_ends_with_the_last(
    http: httpx.Client, installation: Installation
) -> None:
    account = Account(Bus.connect(installation.bus_url))
    names = [item["source_id"] for item in http.get("/api/sources").json()["items"]]
    gaps = [Gap(name, 1, 0.0, 1.0, "no result of m", kind="not_analysed") for name in names]
    account.set_open_gaps(gaps[:1])
    wait_until(lambda: http.get("/readyz").json()["unwatched"], what="the source is named")
    answer = http.get("/readyz").json()
    found = [(gap["source_id"], gap["kind"], gap["reason"]) for gap in answer["unwatched"]]
    assert found == [(names[0], "not_analysed", "no result of m")]
    assert not any("sources" in reason for reason in answer["reasons"])
    account.set_open_gaps(gaps)
    wait_until(lambda: len(http.get("/readyz").json()["unwatched"]) == 4, what="all sources are named")
    assert "none of the sources (4) is both monitored and analysed" in http.get("/readyz").json()["reasons"]
    account.set_open_gaps([])
    wait_until(lambda: not http.get("/readyz").json()["unwatched"], what="all sources are watched")


def test_sources_are_listed_with_their_state(http: httpx.Client) -> None:
    answer = http.get("/api/sources").json()
    assert [item["source_id"] for item in answer["items"]] == ["bed-1", "bed-2", "echo-1", "ward-3"]
    assert {item["state"] for item in answer["items"]} == {"live"}
    assert answer["stale_since"] is None


def test_account_closes(http: httpx.Client) -> None:
    def is_scored() -> bool:
        clips = http.get("/api/account").json()["clips"]
        return len(clips) == 8 and all(clip["scored"] for clip in clips)

    wait_until(is_scored, what="clips are scored")
    account = http.get("/api/account").json()
    assert account["is_closed"]
    assert {frames["source_id"] for frames in account["frames"]} == {"bed-1", "bed-2", "echo-1", "ward-3"}


def test_metrics_are_what_prometheus_reads(http: httpx.Client) -> None:
    answer = http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    states = {(sample.labels["source"], sample.labels["state"]) for sample in families["vigil_source_state"].samples}
    assert ("bed-1", "live") in states
    for name in ("vigil_clips_produced", "vigil_clips_scored", "vigil_queue_age_seconds", "vigil_workers"):
        assert families[name].samples, name
    ages = [sample.value for sample in families["vigil_source_frame_age_seconds"].samples]
    assert max(ages) < 5
    buckets = [sample for sample in families["vigil_capture_to_result_seconds"].samples if "le" in sample.labels]
    assert buckets[-1].labels["le"] == "+Inf"
    assert buckets[-1].value > 0


def test_description_names_every_endpoint_and_its_schemas(http: httpx.Client) -> None:
    description = http.get("/api/openapi.json").json()
    assert set(description["paths"]) >= {
        "/healthz", "/readyz", "/metrics", "/api/sources", "/api/account", "/api/events", "/api/alerts",
        "/api/alerts/{id}/acknowledge", "/api/alerts/stream",
    }  # fmt: skip
    references = set(_references(description))
    assert references
    for reference in references:
        assert reference.removeprefix("#/components/schemas/") in description["components"]["schemas"]


def _references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        yield from ([value["$ref"]] if "$ref" in value else [])
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "x", "²", ""])
def test_wrong_limit_is_refused_by_name(http: httpx.Client, limit: str) -> None:
    answer = http.get("/api/events", params={"limit": limit})
    assert answer.status_code == 422
    assert "limit must be" in answer.json()["error"]


@pytest.mark.parametrize(
    ("status", "content_type", "body"),
    [
        (415, "text/plain", b'{"who": "Ines"}'),
        (415, "application/x-www-form-urlencoded", b"who=Ines"),
        (422, "application/json", b"not json"),
        (422, "application/json", b'["who"]'),
        (422, "application/json", b'{"note": "nobody"}'),
        (422, "application/json", b'{"who": "  "}'),
        (422, "application/json", b'{"who": "Ines", "note": 3}'),
        (422, "application/json", b'{"who": "Ines", "role": "admin"}'),
        (422, "application/json", json.dumps({"who": "x" * 81}).encode()),
        (413, "application/json", b'{"who": "' + b"x" * 20_000 + b'"}'),
    ],
)
def test_wrong_acknowledgement_is_refused(http: httpx.Client, status: int, content_type: str, body: bytes) -> None:
    answer = http.post("/api/alerts/a1/acknowledge", content=body, headers={"content-type": content_type})
    assert answer.status_code == status
    assert answer.json()["error"]


def test_acknowledgement_that_nobody_takes_is_refused_not_swallowed(http: httpx.Client) -> None:
    answer = http.post("/api/alerts/a1/acknowledge", json={"who": "Ines"})
    assert answer.status_code == 503
    assert "not acknowledged" in answer.json()["error"]


def test_another_sites_page_cannot_acknowledge(http: httpx.Client) -> None:
    answer = http.post("/api/alerts/a1/acknowledge", json={"who": "x"}, headers={"origin": "http://evil.example"})
    assert answer.status_code == 403


@pytest.mark.parametrize("headers", [{"origin": "http://evil.example"}, {"host": "evil.example"}])
@pytest.mark.parametrize("path", ["/ws/wall", "/_stcore/stream"])
def test_another_sites_page_cannot_open_a_socket(dashboard: Dashboard, path: str, headers: dict[str, str]) -> None:
    upgrade = {"connection": "Upgrade", "upgrade": "websocket", "sec-websocket-version": "13"}
    key = {"sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ=="}
    assert httpx.get(dashboard.url + path, headers={**upgrade, **key, **headers}).status_code == 403


def test_motion_jpeg_shows_new_pictures_of_a_source(dashboard: Dashboard) -> None:
    boundary, received, shown = b"--vigil-frame", b"", set[bytes]()
    with httpx.stream("GET", f"{dashboard.url}/mjpeg/bed-1", timeout=10) as answer:
        assert answer.headers["content-type"].startswith("multipart/x-mixed-replace")
        for arrived in answer.iter_raw():
            received += arrived
            *parts, received = received.split(boundary)
            pictures = [part.partition(b"\r\n\r\n")[2] for part in parts if part]
            shown.update(picture for picture in pictures if not _is_not_monitored_panel(picture))
            if len(shown) > 2:
                break


def _is_not_monitored_panel(jpeg: bytes) -> bool:
    """Tell the panel, which a source that a busy machine holds up may show for a while, from the source's pictures."""
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return bool(np.abs(np.median(picture, axis=(0, 1)) - rgb(PANEL)[::-1]).max() < 3)


def test_motion_jpeg_of_an_unknown_source_is_refused(http: httpx.Client) -> None:
    assert http.get("/mjpeg/bed-99").status_code == 404


def test_event_stream_begins_at_once_and_ends_with_the_server(installation: Installation) -> None:
    running = installation.start_dashboard()
    began, ended = threading.Event(), threading.Event()

    def follow() -> None:
        with httpx.stream("GET", f"{running.url}/api/alerts/stream", timeout=30) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            for line in answer.iter_lines():
                if line == ": following":
                    began.set()
        ended.set()

    threading.Thread(target=follow, daemon=True).start()
    assert began.wait(10)
    exit_code, seconds = running.stop()
    assert (exit_code, seconds < 4) == (0, True), f"exit code {exit_code} after {seconds:.1f} s"
    assert ended.wait(5)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.org", ""])
def test_host_that_others_can_reach_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match=r"dashboard\.host must be 127\.0\.0\.1"):
        require_loopback(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.53", "::1", "localhost"])
def test_loopback_host_is_taken(host: str) -> None:
    require_loopback(host)


def test_command_refuses_a_wide_host_with_one_line_and_exit_code_2(installation: Installation) -> None:
    process = installation.start("-c", RUN_DASHBOARD, VIGIL_DASHBOARD__HOST="0.0.0.0")
    assert process.wait(30) == 2
    assert read_log(process).count("\n") == 1
    assert "dashboard.host must be 127.0.0.1" in read_log(process)


def test_command_refuses_a_taken_port_with_one_line_and_exit_code_2(
    installation: Installation, dashboard: Dashboard
) -> None:
    port = dashboard.url.rpartition(":")[2]
    process = installation.start("-c", RUN_DASHBOARD, VIGIL_DASHBOARD__PORT=port)
    assert process.wait(30) == 2
    assert f"needs port {port}" in read_log(process)


@pytest.mark.usefixtures("dashboard")
def test_dashboard_outlives_the_server_of_the_results(installation: Installation) -> None:
    running = installation.start_dashboard()
    with httpx.Client(base_url=running.url, timeout=10) as http:
        wait_until(lambda: http.get("/api/sources").json()["items"], what="sources are read")
        os.kill(installation.server.process_id, signal.SIGKILL)
        began = time.monotonic()
        wait_until(lambda: http.get("/api/sources").json()["stale_since"], what="data is called stale", seconds=5)
        assert time.monotonic() - began < 5
        assert http.get("/api/sources").json()["items"], "the last known values stay readable"
        assert http.get("/healthz").status_code == 200
        assert http.get("/readyz").status_code == 503
        installation.server.start()
        wait_until(
            lambda: http.get("/api/sources").json()["stale_since"] is None, what="data is fresh again", seconds=5
        )
    assert running.stop()[0] == 0
