"""The subscriptions in the ledger."""

import logging
import sqlite3
from dataclasses import replace

from stream.alerts.ledger import Ledger
from stream.alerts.outbox import withdraw
from stream.alerts.subscriptions import Subscription

logger = logging.getLogger(__name__)

MAX_SUBSCRIPTIONS = 200  # each may have a thread that waits for its receiver


class SubscriptionStore:
    """Adds, lists, disables and removes subscriptions."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def add(self, subscription: Subscription) -> Subscription:
        """Store a subscription; the same one again changes nothing.

        Raises:
            ValueError: there are too many.
        """
        with self._ledger.transaction() as connection:
            (count,) = connection.execute("SELECT count(*) FROM subscriptions").fetchone()
            if count >= MAX_SUBSCRIPTIONS:
                raise ValueError(f"at most {MAX_SUBSCRIPTIONS} subscriptions are kept; unsubscribe one first")
            row = (subscription.subscription_id, subscription.encode().decode())
            connection.execute("INSERT OR IGNORE INTO subscriptions VALUES (?, ?)", row)
        logger.info("subscription added: id=%s address=%s", subscription.subscription_id, subscription.address)
        return subscription

    def all(self) -> list[Subscription]:
        """Return every subscription with its secret, oldest first."""
        with self._ledger.transaction() as connection:
            rows = connection.execute("SELECT message FROM subscriptions").fetchall()
        subscriptions = [Subscription.decode(message.encode()) for (message,) in rows]
        return sorted(subscriptions, key=lambda subscription: subscription.created_at)

    def get(self, subscription_id: str) -> Subscription:
        """Return one subscription.

        Raises:
            ValueError: there is none of this id.
        """
        with self._ledger.transaction() as connection:
            row = connection.execute(
                "SELECT message FROM subscriptions WHERE subscription_id = ?", (subscription_id,)
            ).fetchone()
        if row is None:
            raise ValueError(f"there is no subscription {subscription_id!r}; see `vigil alerts subscriptions`")
        return Subscription.decode(row[0].encode())

    def remove(self, subscription_id: str, now: float) -> Subscription:
        """Remove a subscription and withdraw what still waits for it.

        Raises:
            ValueError: there is none of this id.
        """
        subscription = self.get(subscription_id)
        with self._ledger.transaction() as connection:
            connection.execute("DELETE FROM subscriptions WHERE subscription_id = ?", (subscription_id,))
            withdraw(connection, subscription_id, "unsubscribed", now)
        return subscription

    def disable(self, subscription_id: str, reason: str, now: float) -> None:
        """Send nothing more to a receiver that refuses for ever, and withdraw what still waits for it."""
        try:
            subscription = replace(self.get(subscription_id), disabled_reason=reason)
        except ValueError:
            return  # removed in the meantime
        with self._ledger.transaction() as connection:
            connection.execute(
                "UPDATE subscriptions SET message = ? WHERE subscription_id = ?",
                (subscription.encode().decode(), subscription_id),
            )
            withdraw(connection, subscription_id, f"subscription disabled: {reason}", now)
        logger.error("subscription disabled: id=%s address=%s reason=%s", subscription_id, subscription.address, reason)


def active_subscriptions(connection: sqlite3.Connection) -> list[Subscription]:
    """Return the subscriptions to which something is sent."""
    rows = connection.execute("SELECT message FROM subscriptions").fetchall()
    subscriptions = [Subscription.decode(message.encode()) for (message,) in rows]
    return [subscription for subscription in subscriptions if not subscription.disabled_reason]
