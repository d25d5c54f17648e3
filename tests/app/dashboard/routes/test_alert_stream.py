"""Events and alerts of a real watcher, followed, resumed and acknowledged over HTTP."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from stream.alert_desk import AlertDesk
from stream.alerts.subscriptions import new_subscription
from stream.bus import Bus
from tests.app.running import Dashboard, Installation
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def dashboard(installation: Installation) -> Dashboard:
    installation.start_feeder("bed-1=out_of_bed", "bed-2=into_chair")
    installation.start_watcher()
    running = installation.start_dashboard()
    wait_until(lambda: len(alerts(running, state="active")) >= 2, what="both sources raise an alert")
    return running


def alerts(dashboard: Dashboard, **query: str) -> list[dict[str, Any]]:
    return list(httpx.get(f"{dashboard.url}/api/alerts", params=query).json()["items"])


def follow(dashboard: Dashboard, last_event_id: str, **query: str) -> Iterator[dict[str, Any]]:
    """Yield each server-sent event as id, event and parsed data."""
    headers = {"last-event-id": last_event_id}
    url = f"{dashboard.url}/api/alerts/stream"
    with httpx.stream("GET", url, headers=headers, params=query, timeout=15) as answer:
        known: dict[str, Any] = {}
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            if name in ("id", "event"):
                known[name] = value
            elif name == "data":
                yield {**known, "data": json.loads(value)}


def test_system_with_a_worker_and_a_watcher_is_ready(dashboard: Dashboard) -> None:
    answer = httpx.get(f"{dashboard.url}/readyz")
    assert (answer.status_code, answer.json()) == (200, {"is_ready": True, "reasons": [], "unwatched": []})


def test_events_are_listed_newest_first_and_by_source(dashboard: Dashboard) -> None:
    events = httpx.get(f"{dashboard.url}/api/events", params={"source": "bed-1"}).json()["items"]
    assert {(event["source_id"], event["label"]) for event in events} == {("bed-1", "out_of_bed")}


def test_stream_resumes_after_the_last_event_id(dashboard: Dashboard) -> None:
    whole = follow(dashboard, "0")
    first = [next(whole) for _ in range(4)]
    assert {item["event"] for item in first} == {"event", "alert"}
    assert all(item["data"]["type"].lower() == item["event"] for item in first)
    resumed = follow(dashboard, first[1]["id"])
    assert [next(resumed)["id"] for _ in range(2)] == [item["id"] for item in first[2:]]


def test_subscription_narrows_the_stream_to_the_alerts_it_wants(
    dashboard: Dashboard, installation: Installation
) -> None:
    subscription = new_subscription(name="ward", receiver={"kind": "sse", "stream": "ward"}, sources=["bed-2"])
    AlertDesk(Bus.connect(installation.bus_url)).subscribe(subscription)
    first = next(follow(dashboard, "0", subscription="ward"))
    assert (first["event"], first["data"]["source_id"]) == ("alert", "bed-2")
    unknown = httpx.get(f"{dashboard.url}/api/alerts/stream", params={"subscription": "nobody"})
    assert (unknown.status_code, "nobody" in unknown.json()["error"]) == (404, True)


def test_acknowledgement_reaches_the_ledger_and_every_follower(dashboard: Dashboard) -> None:
    (alert,) = [alert for alert in alerts(dashboard) if alert["source_id"] == "bed-1"]
    answer = httpx.post(
        f"{dashboard.url}/api/alerts/{alert['alert_id']}/acknowledge", json={"who": "Ines", "note": "seen"}
    )
    assert (answer.status_code, answer.json()["state"]) == (200, "acknowledged")
    for item in follow(dashboard, "0"):
        if item["event"] == "alert" and item["data"]["state"] == "acknowledged":
            assert (item["data"]["alert_id"], item["data"]["acknowledged_by"]) == (alert["alert_id"], "Ines")
            break


def test_unknown_alert_cannot_be_acknowledged(dashboard: Dashboard) -> None:
    answer = httpx.post(f"{dashboard.url}/api/alerts/nothing/acknowledge", json={"who": "Ines"})
    assert answer.status_code == 404
    assert answer.json()["error"]
