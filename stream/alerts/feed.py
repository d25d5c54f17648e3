"""Reading the ledger's feed and alerts, and keeping the ledger small."""

from stream.alerts.ledger import Ledger

MAX_FEED = 5000
"""Changes that a follower who was away can still read."""
KEPT_SECONDS = 30 * 86400.0
"""Life of events, resolved alerts and settled deliveries."""
_PAGE = 500


def feed_after(ledger: Ledger, feed_id: int) -> list[tuple[int, str]]:
    """Return the next changes after a position, oldest first, as (position, message)."""
    with ledger.transaction() as connection:
        return connection.execute(
            "SELECT feed_id, message FROM feed WHERE feed_id > ? ORDER BY feed_id LIMIT ?", (feed_id, _PAGE)
        ).fetchall()


def open_alerts(ledger: Ledger) -> list[tuple[str, str]]:
    """Return every alert that is not resolved, as (id, message)."""
    with ledger.transaction() as connection:
        return connection.execute("SELECT alert_id, message FROM alerts WHERE state <> 'resolved'").fetchall()


def resolved_alerts(ledger: Ledger, limit: int) -> list[str]:
    """Return the alerts that were resolved last, newest first."""
    with ledger.transaction() as connection:
        rows = connection.execute(
            "SELECT message FROM alerts WHERE state = 'resolved' ORDER BY changed_at DESC LIMIT ?", (limit,)
        ).fetchall()
    return [message for (message,) in rows]


def forget_old(ledger: Ledger, now: float) -> None:
    """Delete what is older than 30 days and settled, and all but the tail of the feed."""
    before = now - KEPT_SECONDS
    with ledger.transaction() as connection:
        connection.execute("DELETE FROM events WHERE changed_at < ?", (before,))
        connection.execute("DELETE FROM acknowledgements WHERE at < ?", (before,))
        connection.execute("DELETE FROM alerts WHERE state = 'resolved' AND changed_at < ?", (before,))
        connection.execute(
            "DELETE FROM attempts WHERE delivery_id IN"
            " (SELECT delivery_id FROM outbox WHERE status <> 'waiting' AND finished_at < ?)",
            (before,),
        )
        connection.execute("DELETE FROM outbox WHERE status <> 'waiting' AND finished_at < ?", (before,))
        connection.execute(
            "DELETE FROM feed WHERE feed_id <= (SELECT feed_id FROM feed ORDER BY feed_id DESC LIMIT 1 OFFSET ?)",
            (MAX_FEED,),
        )
