"""The desk where others read events and alerts, acknowledge, and subscribe."""

import json
import re
import time

from stream.alerts import keys
from stream.alerts.heartbeat import WatcherStatus
from stream.alerts.outbox import DeliveryReport
from stream.alerts.requests import ask
from stream.alerts.subscriptions import Subscription
from stream.bus import Bus
from stream.errors import WatcherSilent
from stream.messages import Alert, Event

TEST_SECONDS = 20.0  # how long a test may take to come back
POLL_SECONDS = 0.2
BLOCK_SECONDS = 1.0  # below every socket timeout
_PAGE = 500
_FEED_ID = re.compile(r"\d{1,18}(-\d{1,18})?")


class AlertDesk:
    """Reading needs the server only; whatever changes something needs the watcher, and fails when it is silent.

    Every method raises BrokerUnavailable when the server does not answer; those that ask the
    watcher raise WatcherSilent when it does not, LedgerUnavailable when it cannot record what was
    asked, and ValueError when it refuses, as it does for an unknown or resolved alert.
    """

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def current(self) -> list[Alert]:
        """Return the open alerts, then those that were resolved last; newest first."""
        payloads = self._bus.client.hvals(keys.OPEN_ALERTS)
        still_open = sorted(map(Alert.decode, payloads), key=lambda alert: -alert.raised_at)
        return still_open + [Alert.decode(payload) for payload in self._bus.client.lrange(keys.RESOLVED_ALERTS, 0, -1)]

    def recent_events(self, limit: int) -> list[Event]:
        """Return the latest events, each as it is now, newest first."""
        found: dict[str, Event] = {}
        before = "+"
        while len(found) < limit:
            entries = self._bus.client.xrevrange(keys.FEED, max=before, count=_PAGE)
            for _, fields in entries:
                message = _decode(fields[b"record"])
                if isinstance(message, Event):
                    found.setdefault(message.event_id, message)
            if len(entries) < _PAGE:
                break
            before = f"({entries[-1][0].decode()}"
        return list(found.values())[:limit]

    def follow(self, after_id: str | None, block_seconds: float = 1.0) -> list[tuple[str, Event | Alert]]:
        """Return the next changes of events and alerts, each with an id to go on from.

        Args:
            after_id: id of the last change that was read, also by an earlier process; None, or what
                is no id, for everything that is kept (the last 5,000 changes).
            block_seconds: how long to wait when there is none.
        """
        position = after_id if after_id and _FEED_ID.fullmatch(after_id) else "0"
        deadline = time.monotonic() + block_seconds
        while True:
            block = max(1, round(1000 * min(BLOCK_SECONDS, deadline - time.monotonic())))
            reply = self._bus.client.xread({keys.FEED: position}, count=_PAGE, block=block)
            if reply:
                return [(entry_id.decode(), _decode(fields[b"record"])) for entry_id, fields in reply[0][1]]
            if time.monotonic() >= deadline:
                return []

    def latest_id(self) -> str:
        """Return the id from which `follow` gives only what is new."""
        newest = self._bus.client.xrevrange(keys.FEED, count=1)
        return newest[0][0].decode() if newest else "0"

    def acknowledge(self, alert_id: str, who: str, note: str = "") -> Alert:
        """Say in somebody's name that an alert was seen, and return it as it is then."""
        arguments = {"alert_id": alert_id, "who": who, "note": note}
        return Alert.decode(ask(self._bus, "acknowledge", arguments).encode())

    def subscribe(self, subscription: Subscription) -> Subscription:
        """Store a subscription and return it with its secret, which nobody is shown again."""
        stored = ask(self._bus, "subscribe", {"subscription": subscription.encode().decode()})
        return Subscription.decode(stored.encode())

    def unsubscribe(self, subscription_id: str) -> Subscription:
        """Remove a subscription and return what it was; what still waits for it is withdrawn."""
        return Subscription.decode(ask(self._bus, "unsubscribe", {"subscription_id": subscription_id}).encode())

    def subscriptions(self) -> list[Subscription]:
        """Return every subscription without its secret, oldest first."""
        return [Subscription.decode(payload.encode()) for payload in ask(self._bus, "subscriptions", {})]

    def send_test(self, subscription_id: str) -> DeliveryReport:
        """Send a test to a receiver and return what became of it; `waiting` when there is no answer yet."""
        delivery_id = ask(self._bus, "test", {"subscription_id": subscription_id})
        deadline = time.monotonic() + TEST_SECONDS
        while True:
            payload = ask(self._bus, "delivery", {"delivery_id": delivery_id})
            if payload is None:
                raise WatcherSilent(f"the test {delivery_id} is not in the ledger any more; try again")
            report = DeliveryReport.decode(payload.encode())
            if report.status != "waiting" or time.monotonic() > deadline:
                return report
            time.sleep(POLL_SECONDS)

    def deliveries(self, limit: int = 100) -> list[DeliveryReport]:
        """Return the latest deliveries (at most 1,000), newest first."""
        return [DeliveryReport.decode(payload.encode()) for payload in ask(self._bus, "deliveries", {"limit": limit})]

    def watcher(self) -> WatcherStatus | None:
        """Return the watcher's last word about itself, however old; None when there never was one."""
        payload = self._bus.client.get(keys.HEARTBEAT)
        return WatcherStatus.decode(payload) if payload else None

    def is_answered(self) -> bool:
        """Answer whether a watcher works at this moment."""
        return bool(self._bus.client.exists(keys.ALIVE))


def _decode(payload: bytes) -> Event | Alert:
    kind = Event if json.loads(payload)["type"] == "Event" else Alert
    return kind.decode(payload)
