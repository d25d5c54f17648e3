"""The ledger: whole or not at all, one watcher at a time, and clear words when it cannot."""

import sqlite3
import stat
from pathlib import Path

import pytest

from stream.alerts.feed import MAX_FEED, feed_after, forget_old, open_alerts, resolved_alerts
from stream.alerts.ledger import Ledger
from stream.alerts.outbox import Outbox
from stream.alerts.record import Record, write
from stream.alerts.subscription_store import MAX_SUBSCRIPTIONS, SubscriptionStore
from stream.alerts.subscriptions import new_subscription, new_webhook_subscription
from stream.errors import LedgerUnavailable
from tests.stream.alerts.examples import make_alert


def test_record_is_written_with_the_messages_that_it_owes(ledger: Ledger) -> None:
    store = SubscriptionStore(ledger)
    wanted = store.add(new_webhook_subscription(name="n", url="http://a.example/"))
    store.add(new_subscription(name="n", receiver={"kind": "sse", "stream": "x"}, minimum_severity="high"))
    write(ledger, Record({"position": "5-0"}, [], [make_alert()]), 1000.0)
    assert ledger.remembered()["position"] == "5-0"
    (report,) = Outbox(ledger).reports(10)
    assert (report.subscription_id, report.status) == (wanted.subscription_id, "waiting")
    assert len(feed_after(ledger, 0)) == len(open_alerts(ledger)) == 1


def test_record_that_fails_midway_leaves_nothing(ledger: Ledger) -> None:
    SubscriptionStore(ledger).add(new_webhook_subscription(name="n", url="http://a.example/"))
    with ledger.transaction() as connection:
        connection.execute("CREATE TRIGGER t BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'stop'); END")
    with pytest.raises(LedgerUnavailable, match="stop"):
        write(ledger, Record({"position": "5-0"}, [], [make_alert()]), 1000.0)
    assert "position" not in ledger.remembered()
    assert feed_after(ledger, 0) == open_alerts(ledger) == []


def test_full_disk_is_said_clearly_and_over_when_there_is_room(ledger: Ledger) -> None:
    record = Record({f"alerts {index}": "x" * 5000 for index in range(20)})
    with ledger.transaction() as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 1}")
    with pytest.raises(LedgerUnavailable, match=r"ledger.sqlite must be writable; its disk is full; free some space"):
        write(ledger, record, 1000.0)
    with ledger.transaction() as connection:
        connection.execute("PRAGMA max_page_count = 100000")
    write(ledger, record, 1000.0)
    assert len(ledger.remembered()) == 21


def test_second_watcher_cannot_open_the_same_ledger(ledger: Ledger) -> None:
    with pytest.raises(LedgerUnavailable, match="in use by another watcher"):
        Ledger(ledger.path)


def test_every_commit_is_fsynced_and_only_the_owner_may_read(ledger: Ledger) -> None:
    with ledger.transaction() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    for path in ledger.path.parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_ledger_keeps_its_identity(tmp_path: Path) -> None:
    with Ledger(tmp_path / "l") as first:
        identity = first.ledger_id
    with Ledger(tmp_path / "l") as second:
        assert second.ledger_id == identity


def test_file_that_is_no_ledger_is_refused_and_left_alone(tmp_path: Path) -> None:
    path, content = tmp_path / "l", b"no database at all, but quite long" * 100
    path.write_bytes(content)
    with pytest.raises(LedgerUnavailable, match="must be a SQLite file of ours"):
        Ledger(path)
    assert path.read_bytes() == content


def test_ledger_of_another_version_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "l") as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(LedgerUnavailable, match="must have schema 1, found 99"):
        Ledger(tmp_path / "l")


def test_feed_ids_rise_also_when_the_clock_goes_back(ledger: Ledger) -> None:
    for now in (1000.0, 1000.0, 900.0):
        write(ledger, Record(alerts=[make_alert()]), now)
    assert [feed_id for feed_id, _ in feed_after(ledger, 0)] == [1_000_000, 1_000_001, 1_000_002]


def test_old_rows_are_forgotten_and_open_alerts_are_kept(ledger: Ledger) -> None:
    SubscriptionStore(ledger).add(new_webhook_subscription(name="n", url="http://a.example/"))
    alerts = [make_alert(alert_id="open"), make_alert(alert_id="old", state="resolved")]
    write(ledger, Record(alerts=alerts), 1000.0)
    outbox = Outbox(ledger)
    for report in outbox.reports(10):
        outbox.settle(
            report.delivery_id, status="delivered", outcome="", next_attempt_at=0.0, began_at=1000.0, now=1000.0
        )
    forget_old(ledger, 1000.0 + 31 * 86400)
    assert [alert_id for alert_id, _ in open_alerts(ledger)] == ["open"]
    assert resolved_alerts(ledger, 10) == outbox.reports(10) == []


def test_only_the_tail_of_the_feed_is_kept(ledger: Ledger) -> None:
    with ledger.transaction() as connection:
        connection.executemany("INSERT INTO feed VALUES (?, '')", ((index,) for index in range(1, MAX_FEED + 11)))
    forget_old(ledger, 1000.0)
    assert feed_after(ledger, 0)[0][0] == 11


def test_number_of_subscriptions_is_bounded(ledger: Ledger) -> None:
    store = SubscriptionStore(ledger)
    for _ in range(MAX_SUBSCRIPTIONS):
        store.add(new_subscription(name="n", receiver={"kind": "sse", "stream": "x"}))
    with pytest.raises(ValueError, match="at most 200 subscriptions"):
        store.add(new_subscription(name="n", receiver={"kind": "sse", "stream": "x"}))
