"""Server-sent events: followers read the feed themselves, so there is nothing to hand over."""

from stream.alerts.notices import Notice
from stream.alerts.subscriptions import Subscription


class EventStreamReceiver:
    """Marks the message as offered: the feed keeps it for followers that come back with their last id."""

    def deliver(self, subscription: Subscription, notice: Notice) -> str:
        """Return at once."""
        return "in the feed"
