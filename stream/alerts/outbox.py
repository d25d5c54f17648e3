"""The outbox: every message that is owed, until it is delivered, dead or withdrawn; and the log of all tries."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from stream.alerts.ledger import Ledger
from stream.alerts.notices import Notice, alert_notice
from stream.alerts.subscriptions import Subscription
from stream.messages import Alert, Message


@dataclass(frozen=True)
class Delivery:
    """A message that is due."""

    delivery_id: int
    subscription: Subscription
    notice: Notice
    attempts: int
    """Tries so far."""


@dataclass(frozen=True)
class DeliveryReport(Message):
    """How the delivery of one message stands."""

    delivery_id: int
    subscription_id: str
    message_id: str
    subject: str
    """Id of the alert, or of a test."""
    revision: int
    title: str
    status: str
    """waiting, delivered, dead (given up) or withdrawn (nobody wants it any more)."""
    attempts: int
    last_outcome: str
    created_at: float
    next_attempt_at: float
    first_attempt_at: float | None
    finished_at: float | None


def enqueue(
    connection: sqlite3.Connection, alerts: Iterable[Alert], subscriptions: Sequence[Subscription], now: float
) -> None:
    """Add what is owed for these changes, inside the transaction that records them."""
    for alert in alerts:
        for subscription in subscriptions:
            if subscription.wants(alert):
                add_notice(connection, subscription, alert_notice(subscription, alert), now)


def add_notice(connection: sqlite3.Connection, subscription: Subscription, notice: Notice, now: float) -> int:
    """Add one message; return the id of its delivery."""
    cursor = connection.execute(
        "INSERT OR IGNORE INTO outbox (subscription_id, subject, revision, is_test, message_id, notice, status,"
        " created_at, next_attempt_at) VALUES (?, ?, ?, ?, ?, ?, 'waiting', ?, ?)",
        (
            *(subscription.subscription_id, notice.subject, notice.revision, notice.is_test, notice.message_id),
            *(json.dumps(asdict(notice)), now, now),
        ),
    )
    return int(cursor.lastrowid or 0)


def withdraw(connection: sqlite3.Connection, subscription_id: str, reason: str, now: float) -> None:
    """Give up what still waits for a subscription."""
    connection.execute(
        "UPDATE outbox SET status = 'withdrawn', last_outcome = ?, finished_at = ?"
        " WHERE subscription_id = ? AND status = 'waiting'",
        (reason, now, subscription_id),
    )


class Outbox:
    """What is due, and what became of it."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def due_subscriptions(self, now: float) -> list[str]:
        """Return the ids of the subscriptions for which something is due."""
        with self._ledger.transaction() as connection:
            rows = connection.execute(
                "SELECT DISTINCT subscription_id FROM outbox WHERE status = 'waiting' AND next_attempt_at <= ?", (now,)
            ).fetchall()
        return [subscription_id for (subscription_id,) in rows]

    def next_due(self, subscription_id: str, now: float) -> Delivery | None:
        """Return the next due message of a subscription.

        The changes of one alert go out in their order: a later one waits until the earlier one is settled.
        """
        with self._ledger.transaction() as connection:
            row = connection.execute(_NEXT_DUE, (subscription_id, now)).fetchone()
        if row is None:
            return None
        delivery_id, notice, attempts, subscription = row
        return Delivery(delivery_id, Subscription.decode(subscription.encode()), Notice(**json.loads(notice)), attempts)

    def settle(
        self, delivery_id: int, *, status: str, outcome: str, next_attempt_at: float, began_at: float, now: float
    ) -> None:
        """Record a try and what follows from it: `waiting` for the next one, `delivered` or `dead`.

        Should a loss of power take this back, the message is sent once more under its old id.
        """
        with self._ledger.transaction(is_synced=False) as connection:
            connection.execute(
                "INSERT INTO attempts VALUES (?, ?, ?, ?)", (delivery_id, began_at, now - began_at, outcome)
            )
            # A message that was withdrawn during the try stays withdrawn, unless it did arrive.
            connection.execute(
                "UPDATE outbox SET status = CASE WHEN status = 'waiting' OR ?1 = 'delivered' THEN ?1 ELSE status END,"
                " attempts = attempts + 1, last_outcome = ?2, next_attempt_at = ?3,"
                " first_attempt_at = coalesce(first_attempt_at, ?4),"
                " finished_at = CASE WHEN ?1 = 'waiting' THEN finished_at ELSE ?5 END WHERE delivery_id = ?6",
                (status, outcome, next_attempt_at, began_at, now, delivery_id),
            )

    def report(self, delivery_id: int) -> DeliveryReport | None:
        """Return how one delivery stands."""
        reports = self._reports("WHERE delivery_id = ?", (delivery_id,))
        return reports[0] if reports else None

    def reports(self, limit: int) -> list[DeliveryReport]:
        """Return how the latest deliveries stand, newest first."""
        return self._reports("ORDER BY delivery_id DESC LIMIT ?", (limit,))

    def num_waiting(self) -> int:
        """Return how many messages are owed."""
        with self._ledger.transaction() as connection:
            (count,) = connection.execute("SELECT count(*) FROM outbox WHERE status = 'waiting'").fetchone()
        return int(count)

    def _reports(self, clause: str, values: tuple[int, ...]) -> list[DeliveryReport]:
        with self._ledger.transaction() as connection:
            rows = connection.execute(_REPORTS + clause, values).fetchall()
        return [DeliveryReport(*row) for row in rows]


_NEXT_DUE = """
SELECT due.delivery_id, due.notice, due.attempts, subscriptions.message
FROM outbox AS due JOIN subscriptions USING (subscription_id)
WHERE due.subscription_id = ? AND due.status = 'waiting' AND due.next_attempt_at <= ?
  AND NOT EXISTS (
    SELECT 1 FROM outbox AS earlier
    WHERE earlier.subscription_id = due.subscription_id AND earlier.subject = due.subject
      AND earlier.status = 'waiting' AND earlier.revision < due.revision
  )
ORDER BY due.is_test DESC, due.delivery_id LIMIT 1
"""

_REPORTS = """
SELECT delivery_id, subscription_id, message_id, subject, revision, json_extract(notice, '$.title'), status,
       attempts, last_outcome, created_at, next_attempt_at, first_attempt_at, finished_at
FROM outbox
"""
