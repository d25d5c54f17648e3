"""The one interface between the outbox and every way of reaching somebody."""

from typing import Protocol

from stream.alerts.notices import Notice
from stream.alerts.subscriptions import Subscription


class Receiver(Protocol):
    """A way of reaching somebody; called from several threads."""

    def deliver(self, subscription: Subscription, notice: Notice) -> str:
        """Hand over one message and return what the other side answered, in a few words.

        Raises:
            ReceiverFailed: it was not accepted.
        """
        ...
