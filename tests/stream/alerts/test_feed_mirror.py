"""The mirror on the server always comes to equal what the ledger has."""

import time

import pytest

from stream.alert_desk import AlertDesk
from stream.alerts import feed_mirror, keys
from stream.alerts.feed_mirror import FeedMirror
from stream.alerts.ledger import Ledger
from stream.alerts.record import Record, write
from stream.bus import Bus
from stream.messages import Alert, Event
from tests.stream.alerts.examples import make_alert


def record(ledger: Ledger, *messages: Alert | Event) -> None:
    events = [message for message in messages if isinstance(message, Event)]
    alerts = [message for message in messages if isinstance(message, Alert)]
    write(ledger, Record(events=events, alerts=alerts), time.time())


def make_event(event_id: str = "e", end: float | None = None) -> Event:
    return Event(event_id, "bed1", "m", "out_of_bed", 1, 10.0, end, 0.8, 12.0, 1010.0)


def test_followers_and_pages_see_what_was_recorded(ledger: Ledger, empty_bus: Bus) -> None:
    mirror, desk = FeedMirror(empty_bus, ledger), AlertDesk(empty_bus)
    record(ledger, make_event("e1"), make_alert(alert_id="a"), make_alert(alert_id="b", raised_at=2000.0))
    mirror.sync()
    record(ledger, make_event("e1", 14.0), make_alert(alert_id="a", state="resolved", revision=2))
    mirror.sync()
    assert [(alert.alert_id, alert.state) for alert in desk.current()] == [("b", "active"), ("a", "resolved")]
    assert [(event.event_id, event.end_seconds) for event in desk.recent_events(10)] == [("e1", 14.0)]
    assert [type(message).__name__ for _, message in desk.follow(None, 0.0)] == [
        "Event",
        "Alert",
        "Alert",
        "Event",
        "Alert",
    ]


def test_follower_goes_on_after_its_last_id(ledger: Ledger, empty_bus: Bus) -> None:
    mirror, desk = FeedMirror(empty_bus, ledger), AlertDesk(empty_bus)
    record(ledger, make_event("e1"), make_event("e2"))
    mirror.sync()
    (_, first), (last_id, _) = desk.follow(None, 0.0)
    assert isinstance(first, Event)
    assert desk.latest_id() == last_id
    assert desk.follow(last_id, 0.05) == []
    record(ledger, make_event("e3"))
    mirror.sync()
    assert [message for _, message in desk.follow(last_id, 0.0)] == [make_event("e3")]
    assert len(desk.follow("no id at all", 0.0)) == 3


def test_mirror_is_rebuilt_with_the_same_ids_when_the_server_lost_it(
    ledger: Ledger, empty_bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_mirror, "CHECK_SECONDS", 0.0)
    mirror, desk = FeedMirror(empty_bus, ledger), AlertDesk(empty_bus)
    record(ledger, make_event("e1"), make_alert(), make_alert(alert_id="b", state="resolved", revision=2))
    mirror.sync()
    before = (desk.follow(None, 0.0), desk.current())
    empty_bus.client.flushall()
    mirror.sync()
    assert (desk.follow(None, 0.0), desk.current()) == before


def test_server_that_lost_its_last_second_is_sent_what_it_lacks(
    ledger: Ledger, empty_bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_mirror, "CHECK_SECONDS", 0.0)
    mirror, desk = FeedMirror(empty_bus, ledger), AlertDesk(empty_bus)
    record(ledger, make_alert(alert_id="a"), make_alert(alert_id="b"))
    mirror.sync()
    whole = desk.follow(None, 0.0)
    empty_bus.client.delete(keys.OPEN_ALERTS)
    empty_bus.client.delete(keys.FEED)
    empty_bus.client.xadd(keys.FEED, {"record": whole[0][1].encode()}, id=whole[0][0])
    mirror.sync()
    assert desk.follow(None, 0.0) == whole
    assert len(desk.current()) == 2


def test_another_watcher_process_sends_only_what_is_new(ledger: Ledger, empty_bus: Bus) -> None:
    record(ledger, make_event("e1"))
    FeedMirror(empty_bus, ledger).sync()
    record(ledger, make_event("e2"))
    FeedMirror(empty_bus, ledger).sync()
    assert len(AlertDesk(empty_bus).follow(None, 0.0)) == 2
