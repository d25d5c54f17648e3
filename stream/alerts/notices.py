"""What is sent: a thin message without pictures or patients, the same at every try."""

import hashlib
import json
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from stream.alerts.subscriptions import Subscription
from stream.messages import Alert

SHOWN = (
    *("alert_id", "revision", "rule", "source_id", "label", "severity", "alert_class", "state", "text"),
    *("raised_at", "changed_at", "score", "event_id", "acknowledged_by", "num_episodes", "episode_at"),
)


@dataclass(frozen=True)
class Notice:
    """One message to one receiver."""

    message_id: str
    """The same for every try, so that a receiver can tell a repeat."""
    subject: str
    """Id of the alert, or of the test."""
    revision: int
    title: str
    """One line for a person."""
    body: str
    """JSON: type, timestamp, data (https://www.standardwebhooks.com, 'Payload structure')."""
    is_test: bool = False


def alert_notice(subscription: Subscription, alert: Alert) -> Notice:
    """Return the message that tells a subscription of a change of an alert."""
    record = asdict(alert)
    key = f"{subscription.subscription_id}\n{alert.alert_id}\n{alert.revision}"
    return Notice(
        message_id=f"msg_{hashlib.sha256(key.encode()).hexdigest()[:32]}",
        subject=alert.alert_id,
        revision=alert.revision,
        title=f"[Vigil] {alert.severity} {alert.state}: {alert.text}{_count(alert.num_episodes)}",
        body=_body(f"alert.{alert.state}", alert.changed_at, {name: record[name] for name in SHOWN}),
    )


def trial_notice(subscription: Subscription, now: float) -> Notice:
    """Return a message that only shows that the way to the receiver works."""
    name = f"test_{secrets.token_hex(16)}"
    text = f"test of the subscription {subscription.name!r}; nothing has happened"
    return Notice(
        message_id=f"msg_{name}",
        subject=name,
        revision=1,
        title=f"[Vigil] {text}",
        body=_body("test", now, {"subscription_id": subscription.subscription_id, "text": text}),
        is_test=True,
    )


def _count(num_episodes: int) -> str:
    return f" ({num_episodes} times)" if num_episodes > 1 else ""


def _body(kind: str, at: float, values: dict[str, Any]) -> str:
    timestamp = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"type": kind, "timestamp": timestamp, "data": values}, allow_nan=False)
