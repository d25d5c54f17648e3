"""What one step of the watcher found out: written whole, with the messages that it owes, or not at all."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field

from stream.alerts.ledger import Ledger
from stream.alerts.outbox import enqueue
from stream.alerts.subscription_store import active_subscriptions
from stream.messages import Alert, Event
from stream.queue.account import Gap


@dataclass(frozen=True)
class Acknowledgement:
    """Who has seen an alert, when, and what they remarked."""

    alert_id: str
    who: str
    note: str
    at: float


@dataclass
class Record:
    """Changes that belong together."""

    memory: dict[str, str | None] = field(default_factory=dict)
    """Values by name; None forgets one."""
    events: list[Event] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    acknowledgements: list[Acknowledgement] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    """Intervals that are over; they are kept on the server, not in the ledger."""

    @property
    def is_empty(self) -> bool:
        return not (self.memory or self.events or self.alerts or self.acknowledgements)


def write(ledger: Ledger, record: Record, now: float) -> None:
    """Commit a record and one outbox row for each change of an alert that a subscription wants.

    Raises:
        LedgerUnavailable: nothing was written.
    """
    with ledger.transaction() as connection:
        for name, value in record.memory.items():
            if value is None:
                connection.execute("DELETE FROM memory WHERE name = ?", (name,))
            else:
                connection.execute("INSERT OR REPLACE INTO memory VALUES (?, ?)", (name, value))
        for event in record.events:
            _write_event(connection, event, now)
        for alert in record.alerts:
            _write_alert(connection, alert)
        for item in record.acknowledgements:
            values = (item.alert_id, item.who, item.note, item.at)
            connection.execute("INSERT INTO acknowledgements VALUES (?, ?, ?, ?)", values)
        _feed(connection, [*record.events, *record.alerts], now)
        if record.alerts:
            enqueue(connection, record.alerts, active_subscriptions(connection), now)


def _write_event(connection: sqlite3.Connection, event: Event, now: float) -> None:
    row = (event.event_id, event.source_id, event.started_at, now, event.encode().decode())
    connection.execute("INSERT OR REPLACE INTO events VALUES (?, ?, ?, ?, ?)", row)


def _write_alert(connection: sqlite3.Connection, alert: Alert) -> None:
    message = alert.encode().decode()
    row = (alert.alert_id, alert.source_id, alert.state, alert.revision, alert.changed_at, message)
    connection.execute("INSERT OR REPLACE INTO alerts VALUES (?, ?, ?, ?, ?, ?)", row)


def _feed(connection: sqlite3.Connection, messages: Iterable[Event | Alert], now: float) -> None:
    """Append to the feed under ids that rise with time, also when a lost ledger is begun anew."""
    (last,) = connection.execute("SELECT coalesce(max(feed_id), 0) FROM feed").fetchone()
    for message in messages:
        last = max(last + 1, int(now * 1000))
        connection.execute("INSERT INTO feed VALUES (?, ?)", (last, message.encode().decode()))
