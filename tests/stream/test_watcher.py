"""The watcher between a real server, a real ledger and real receivers."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from stream.alert_desk import AlertDesk
from stream.alerts import analysis_judge, observer
from stream.alerts.subscriptions import Subscription, new_subscription, new_webhook_subscription
from stream.bus import Bus
from stream.embedded import EmbeddedServer
from stream.errors import StreamError
from stream.keys import RESULTS
from stream.messages import Alert, Event
from stream.queue.account import Account, Gap
from tests.stream.alerts.ward import MODEL, Ward, make_result, reporting, watching
from tests.stream.alerts.web_endpoint import Endpoint, running_endpoint
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    server = EmbeddedServer(tmp_path_factory.mktemp("server"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def ward(server: EmbeddedServer) -> Ward:
    bus = Bus.connect(server.start())
    bus.client.flushall()
    return Ward(bus)


@pytest.fixture
def desk(ward: Ward) -> AlertDesk:
    return AlertDesk(ward.bus)


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with running_endpoint() as found:
        yield found


def subscribe_webhook(desk: AlertDesk, endpoint: Endpoint) -> Subscription:
    wait_until(desk.is_answered)
    return desk.subscribe(new_webhook_subscription(name="ward", url=endpoint.url))


def open_alerts(desk: AlertDesk) -> list[tuple[str, str, str]]:
    return [(alert.source_id, alert.label, alert.state) for alert in desk.current() if alert.state != "resolved"]


def test_event_reaches_the_feed_the_pages_and_a_signed_webhook(
    ward: Ward, desk: AlertDesk, endpoint: Endpoint, tmp_path: Path
) -> None:
    with watching(ward.bus, tmp_path / "ledger"):
        subscription = subscribe_webhook(desk, endpoint)
        ward.event("bed1", "out_of_bed")
        wait_until(lambda: len(endpoint.received) == 2)
        bodies = [Webhook(subscription.secret).verify(got.body, got.headers) for got in endpoint.received]
        assert [body["type"] for body in bodies] == ["alert.active", "alert.latched"]
        wait_until(lambda: open_alerts(desk) == [("bed1", "out_of_bed", "latched")])
        (event,) = desk.recent_events(10)
        assert (event.label, event.start_seconds, event.end_seconds) == ("out_of_bed", 0.0, 1.75)
        told = [message for _, message in desk.follow(None, 0.0)]
        assert [message.end_seconds for message in told if isinstance(message, Event)] == [None, 1.75]
        assert [message.state for message in told if isinstance(message, Alert)] == ["active", "latched"]


def test_acknowledgement_is_kept_and_told(ward: Ward, desk: AlertDesk, endpoint: Endpoint, tmp_path: Path) -> None:
    with watching(ward.bus, tmp_path / "ledger"):
        subscribe_webhook(desk, endpoint)
        ward.score("bed1", "out_of_bed")
        wait_until(lambda: open_alerts(desk))
        (alert,) = desk.current()
        seen = desk.acknowledge(alert.alert_id, "nurse", "went there")
        assert (seen.state, seen.acknowledged_by, seen.revision) == ("acknowledged", "nurse", 2)
        assert desk.acknowledge(alert.alert_id, "another").acknowledged_by == "nurse"
        wait_until(lambda: len(endpoint.received) == 2)
        ward.score("bed1", "none")
        wait_until(lambda: [alert.state for alert in desk.current()] == ["resolved"])
        with pytest.raises(ValueError, match=r"no alert '.*' is open"):
            desk.acknowledge(alert.alert_id, "nurse")


def test_alert_that_was_listed_can_be_acknowledged_though_the_patient_got_out_again(
    ward: Ward, desk: AlertDesk, endpoint: Endpoint, tmp_path: Path
) -> None:
    with watching(ward.bus, tmp_path / "ledger"):
        subscribe_webhook(desk, endpoint)
        ward.event("bed1", "out_of_bed")
        wait_until(lambda: open_alerts(desk) == [("bed1", "out_of_bed", "latched")])
        (listed,) = desk.current()
        ward.event("bed1", "out_of_bed")
        wait_until(lambda: len(endpoint.received) == 4)
        messages = [json.loads(got.body) for got in endpoint.received]
        assert [body["type"] for body in messages] == [f"alert.{state}" for state in ("active", "latched") * 2]
        assert [body["data"]["num_episodes"] for body in messages] == [1, 1, 2, 2]
        assert messages[2]["data"]["episode_at"] > messages[1]["data"]["changed_at"]
        assert desk.acknowledge(listed.alert_id, "nurse").state == "resolved"


def test_without_a_watcher_an_acknowledgement_is_refused_and_reading_goes_on(
    ward: Ward, desk: AlertDesk, tmp_path: Path
) -> None:
    with watching(ward.bus, tmp_path / "ledger"):
        ward.score("bed1", "out_of_bed")
        wait_until(lambda: open_alerts(desk))
    (alert,) = desk.current()
    assert not desk.is_answered()
    with pytest.raises(StreamError, match="no watcher is running"):
        desk.acknowledge(alert.alert_id, "nurse")
    with watching(ward.bus, tmp_path / "ledger"):
        wait_until(desk.is_answered)
        assert desk.current() == [alert]
        assert desk.acknowledge(alert.alert_id, "nurse").state == "acknowledged"


def test_watcher_that_starts_anew_goes_on_where_it_was(
    ward: Ward, desk: AlertDesk, endpoint: Endpoint, tmp_path: Path
) -> None:
    with watching(ward.bus, tmp_path / "ledger"):
        subscribe_webhook(desk, endpoint)
        ward.score("bed1", "out_of_bed")
        wait_until(lambda: endpoint.received)
    ward.score("bed1", "out_of_bed")
    ward.score("bed1", "none")
    ward.event("bed2", "into_bed")
    with watching(ward.bus, tmp_path / "ledger"):
        wait_until(lambda: len(endpoint.received) == 4)
        wait_until(lambda: len(desk.recent_events(10)) == 2)
    assert len(set(endpoint.ids())) == 4


@pytest.mark.parametrize("how", ["silent", "stalled"])
def test_source_that_stops_raises_a_technical_alert_within_five_seconds_and_resolves_it_when_live(
    ward: Ward, desk: AlertDesk, tmp_path: Path, how: str
) -> None:
    ward.states = {"bed1": ("live", ""), "bed2": ("live", "")}
    with reporting(ward), watching(ward.bus, tmp_path / "ledger"):
        wait_until(desk.is_answered)
        time.sleep(1.0)  # both are seen alive
        stopped_at = time.monotonic()
        if how == "silent":
            ward.silent.add("bed1")
        else:
            ward.states["bed1"] = ("stalled", "no frame for 3 s")
        wait_until(lambda: open_alerts(desk) == [("bed1", "not_monitored", "active")], 6.0)
        took_seconds = time.monotonic() - stopped_at
        print(f"{how}: technical alert after {took_seconds:.2f} s")
        assert took_seconds < 5.0
        assert desk.current()[0].alert_class == "technical"
        ward.silent.clear()
        ward.states["bed1"] = ("live", "")
        wait_until(lambda: not open_alerts(desk))


def test_sources_are_not_monitored_while_the_server_is_away_and_nothing_is_lost(
    ward: Ward, desk: AlertDesk, endpoint: Endpoint, server: EmbeddedServer, tmp_path: Path
) -> None:
    ward.states = {"bed1": ("live", "")}
    with reporting(ward), watching(ward.bus, tmp_path / "ledger"):
        subscribe_webhook(desk, endpoint)
        time.sleep(1.0)  # the source is seen alive
        server.stop()
        wait_until(lambda: len(endpoint.received) == 1, 6.0, "a webhook that needs no server")
        assert b"not_monitored" in endpoint.received[0].body
        ward.bus = Bus.connect(server.start())
        assert desk is not None
        desk = AlertDesk(ward.bus)
        wait_until(desk.is_answered)


def test_source_that_nobody_scores_is_told_of_and_its_gap_is_on_the_server(
    ward: Ward, desk: AlertDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analysis_judge, "SILENCE_SECONDS", 0.2)
    ward.states, ward.clip_seconds = {"bed1": ("live", "")}, {MODEL: 0.3}
    account = Account(ward.bus)
    with reporting(ward), watching(ward.bus, tmp_path / "ledger"):
        wait_until(lambda: open_alerts(desk) == [("bed1", "not_analysed", "active")])
        wait_until(lambda: [gap.kind for gap in account.open_gaps()] == ["not_analysed"])
        since = account.open_gaps()[0].from_at
        scored = make_result("bed1", 0, "none", at=since + 12.0)
        ward.bus.client.xadd(RESULTS, {"record": scored.encode()})
        wait_until(lambda: account.gaps("bed1"))
        (gap,) = account.gaps("bed1")
        assert gap == Gap("bed1", 1, since, since + 10.0, f"no result of {MODEL}", kind="not_analysed")
        wait_until(lambda: [alert.state for alert in desk.current()][-1:] == ["resolved"])


def test_removed_source_is_not_missed(
    ward: Ward, desk: AlertDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observer, "REMOVED_SECONDS", 0.5)
    ward.states = {"bed1": ("stalled", "")}
    with reporting(ward), watching(ward.bus, tmp_path / "ledger"):
        wait_until(lambda: open_alerts(desk))
        ward.remove("bed1")
        wait_until(lambda: not open_alerts(desk))


def test_event_at_a_source_that_ended_is_closed(
    ward: Ward, desk: AlertDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observer, "IDLE_SECONDS", 0.5)
    ward.states = {"bed1": ("ended", "")}
    with reporting(ward), watching(ward.bus, tmp_path / "ledger"):
        ward.score("bed1", "into_bed")
        wait_until(lambda: [event.end_seconds for event in desk.recent_events(1)] == [2.0])
        assert open_alerts(desk) == []


def test_test_delivery_reports_what_the_receiver_said(
    ward: Ward, desk: AlertDesk, endpoint: Endpoint, tmp_path: Path
) -> None:
    with watching(ward.bus, tmp_path / "ledger"):
        subscription = subscribe_webhook(desk, endpoint)
        report = desk.send_test(subscription.subscription_id)
        assert (report.status, report.last_outcome) == ("delivered", "HTTP 204")
        assert (
            Webhook(subscription.secret).verify(endpoint.received[0].body, endpoint.received[0].headers)["type"]
            == "test"
        )
        endpoint.status = 500
        assert desk.send_test(subscription.subscription_id).status == "dead"
        assert [row.status for row in desk.deliveries(10)] == ["dead", "delivered"]
        with pytest.raises(ValueError, match="there is no subscription 'none'"):
            desk.send_test("none")


def test_subscriptions_are_stored_without_showing_their_secret(ward: Ward, desk: AlertDesk, tmp_path: Path) -> None:
    with watching(ward.bus, tmp_path / "ledger"):
        wait_until(desk.is_answered)
        stored = desk.subscribe(new_webhook_subscription(name="n", url="http://127.0.0.1:1/x"))
        assert stored.secret.startswith("whsec_")
    with watching(ward.bus, tmp_path / "ledger"):
        wait_until(desk.is_answered)
        (listed,) = desk.subscriptions()
        assert (listed.subscription_id, listed.secret) == (stored.subscription_id, "")
        desk.unsubscribe(stored.subscription_id)
        assert desk.subscriptions() == []
        with pytest.raises(ValueError, match="there is no subscription"):
            desk.unsubscribe(stored.subscription_id)


def test_mail_is_refused_at_subscription_without_a_mail_server(ward: Ward, desk: AlertDesk, tmp_path: Path) -> None:
    with watching(ward.bus, tmp_path / "ledger"):
        wait_until(desk.is_answered)
        with pytest.raises(ValueError, match=r"no mail server is configured; set watch.smtp.host"):
            desk.subscribe(new_subscription(name="n", receiver={"kind": "email", "to": "a@b.example"}))


def test_second_watcher_with_another_ledger_waits_for_the_first(ward: Ward, desk: AlertDesk, tmp_path: Path) -> None:
    with watching(ward.bus, tmp_path / "first"):
        wait_until(desk.is_answered)
        with watching(ward.bus, tmp_path / "second"):
            ward.event("bed1", "into_bed")
            wait_until(lambda: desk.recent_events(10))
            time.sleep(0.5)
            assert len([1 for _, message in desk.follow(None, 0.0) if isinstance(message, Event)]) == 2


def test_raised_alerts_are_first_tried_within_a_second(
    ward: Ward, desk: AlertDesk, endpoint: Endpoint, tmp_path: Path
) -> None:
    with watching(ward.bus, tmp_path / "ledger"):
        subscribe_webhook(desk, endpoint)
        for index in range(100):
            ward.score(f"bed{index % 10}", "out_of_bed" if index % 20 < 10 else "none")
            time.sleep(0.02)
        # 50 events: each makes the alert of its bed active, which latches when the event is over.
        wait_until(lambda: len(endpoint.received) == 100, 20.0)
        reports = desk.deliveries(1000)
        delays = sorted((report.first_attempt_at or 0.0) - report.created_at for report in reports)
        print(f"raise to first attempt of {len(delays)}: median {delays[50]:.3f} s, p99 {delays[98]:.3f} s")
        assert delays[98] <= 1.0
