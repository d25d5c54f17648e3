"""`vigil alerts` and `vigil events` beside a running watcher."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.commands import alerts, events
from models.predictor import ClipSpec
from stream.alert_desk import AlertDesk
from stream.bus import Bus
from stream.embedded import EmbeddedServer
from stream.source_registry import SourceRegistry, StoredSource
from tests.stream.alerts.ward import PROJECT, Ward, watching, whole_feed
from tests.stream.alerts.web_endpoint import Endpoint, running_endpoint
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def state_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def server(state_directory: Path) -> Iterator[EmbeddedServer]:
    """A server whose address lies where the commands look for it."""
    server = EmbeddedServer(state_directory / "server")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def ward(server: EmbeddedServer, state_directory: Path, monkeypatch: pytest.MonkeyPatch) -> Ward:
    monkeypatch.setenv("VIGIL_STATE_DIRECTORY", str(state_directory))
    monkeypatch.delenv("REDIS_URL", raising=False)
    bus = Bus.connect(server.start())
    bus.client.flushall()
    return Ward(bus)


@pytest.fixture
def watched(ward: Ward, tmp_path: Path) -> Iterator[Ward]:
    with watching(ward.bus, tmp_path / "ledger"):
        wait_until(AlertDesk(ward.bus).is_answered)
        yield ward


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with running_endpoint() as found:
        yield found


def run(*arguments: str) -> Result:
    return CliRunner().invoke(alerts.app, arguments)


def run_json(*arguments: str) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_open_alerts_are_listed_and_acknowledged_by_the_start_of_their_id(watched: Ward) -> None:
    watched.score("bed1", "out_of_bed")
    wait_until(lambda: AlertDesk(watched.bus).current())
    (alert,) = run_json("list")
    assert (alert["source_id"], alert["state"]) == ("bed1", "active")
    assert alert["alert_id"][:12] in run("list").output
    seen = run_json("ack", alert["alert_id"][:8], "--who", "nurse", "--note", "seen")
    assert (seen["state"], seen["acknowledged_by"]) == ("acknowledged", "nurse")


def test_unknown_alert_cannot_be_acknowledged(watched: Ward) -> None:
    result = run("ack", "nothing")
    assert result.exit_code == 1
    assert "no alert 'nothing' is open" in result.output


def test_subscription_is_made_tested_listed_and_taken_back(watched: Ward, endpoint: Endpoint) -> None:
    chosen = ["--source", "bed*", "--label", "out_of_bed", "--min-severity", "medium"]
    made = run_json("subscribe", "--webhook", endpoint.url, *chosen)
    assert made["secret"].startswith("whsec_")
    assert (made["sources"], made["labels"], made["minimum_severity"]) == (["bed*"], ["out_of_bed"], "medium")
    assert run("test", made["subscription_id"]).output.strip() == "delivered: HTTP 204"
    (listed,) = run_json("subscriptions")
    assert listed["subscription_id"] == made["subscription_id"]
    assert made["secret"] not in run("subscriptions", "--json").output + run("subscriptions").output
    assert [row["status"] for row in run_json("deliveries")] == ["delivered"]
    assert run_json("unsubscribe", made["subscription_id"])["subscription_id"] == made["subscription_id"]
    assert run_json("subscriptions") == []


def test_a_subscription_to_what_nobody_knows_is_made_with_a_warning(watched: Ward) -> None:
    SourceRegistry(watched.bus).add(StoredSource("bed1", "/a.mp4", {"motion": ClipSpec(8, 10.0, 0.4, 12)}))
    made = run("subscribe", "--redis", "beds", "--source", "nosource", "--label", "typo")
    assert made.exit_code == 0
    assert [line.split(";")[0] for line in made.stderr.splitlines()] == [
        "warning: --source 'nosource' fits nothing that is known now",
        "warning: --label 'typo' fits nothing that is known now",
    ]
    assert run("subscribe", "--redis", "ward", "--source", "bed*", "--label", "out_of_*").stderr == ""


def test_failed_test_is_said_and_exits_1(watched: Ward, endpoint: Endpoint) -> None:
    endpoint.status = 500
    made = run_json("subscribe", "--webhook", endpoint.url)
    result = run("test", made["subscription_id"])
    assert (result.exit_code, result.output.strip()) == (1, "dead: HTTP 500")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "name one receiver by --webhook, --email, --redis or --sse; got 0"),
        (["--webhook", "http://a.example/", "--sse", "x"], "got 2"),
        (["--webhook", "gopher://a.example/"], "got scheme 'gopher'"),
        (["--sse", "x", "--min-severity", "urgent"], "minimum_severity must be one of"),
    ],
)
def test_wrong_subscription_is_refused_before_anybody_is_asked(arguments: list[str], reason: str) -> None:
    result = run("subscribe", *arguments)
    assert result.exit_code == 2
    assert reason in result.output


def test_events_are_listed_newest_first_and_filtered(watched: Ward) -> None:
    watched.event("bed1", "out_of_bed")
    watched.event("bed2", "into_bed")
    wait_until(lambda: sum(event.end_seconds is not None for event in AlertDesk(watched.bus).recent_events(9)) == 2)
    listed = CliRunner().invoke(events.app, ["list", "--json"])
    assert {event["source_id"] for event in json.loads(listed.stdout)} == {"bed1", "bed2"}
    chosen = CliRunner().invoke(events.app, ["list", "--source", "bed2", "--json"])
    assert [event["label"] for event in json.loads(chosen.stdout)] == ["into_bed"]
    assert "out_of_bed" in CliRunner().invoke(events.app, ["list"]).output


class Follower:
    """`vigil alerts follow --json` as a process."""

    def __init__(self, output: Path) -> None:
        self.output = output
        command = [sys.executable, "-c", "from app.commands.alerts import app; app(['follow', '--json'])"]
        self.errors = output.with_suffix(".err")
        with output.open("w") as stdout, self.errors.open("w") as stderr:
            self.process = subprocess.Popen(command, cwd=PROJECT, env=os.environ.copy(), stdout=stdout, stderr=stderr)

    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.output.read_text().splitlines(keepends=True) if line.endswith("\n")]

    def labels(self) -> list[str]:
        return [record["label"] for record in self.records() if record["type"] == "Event" and record["end_seconds"]]


@pytest.fixture
def follower(ward: Ward, tmp_path: Path) -> Iterator[Follower]:
    follower = Follower(tmp_path / "followed")
    yield follower
    follower.process.kill()
    follower.process.wait()


def test_following_survives_restarts_of_watcher_and_server_and_ends_quietly(
    ward: Ward, server: EmbeddedServer, follower: Follower, tmp_path: Path
) -> None:
    def repeat_until_followed(label: str) -> None:
        sent_at = 0.0

        def is_followed() -> bool:
            nonlocal sent_at
            if time.monotonic() - sent_at > 0.3:  # the follower may not have found its place yet
                ward.event("bed1", label)
                sent_at = time.monotonic()
            return label in follower.labels()

        wait_until(is_followed, 30.0, label)

    with watching(ward.bus, tmp_path / "ledger"):
        repeat_until_followed("into_bed")
    with watching(ward.bus, tmp_path / "ledger"):
        repeat_until_followed("out_of_bed")
    server.stop()
    wait_until(lambda: "waiting for the server" in follower.errors.read_text(), 10.0)
    ward.bus = Bus.connect(server.start())  # under a new password
    with watching(ward.bus, tmp_path / "ledger"):
        repeat_until_followed("into_chair")
        ids = [record["id"] for record in follower.records()]
        told = [entry_id for entry_id, _ in whole_feed(AlertDesk(ward.bus))]
        assert ids == told[told.index(ids[0]) :][: len(ids)], "a hole or a repetition"
    follower.process.send_signal(signal.SIGINT)
    assert follower.process.wait(10) == 0
    assert "Traceback" not in follower.errors.read_text()
