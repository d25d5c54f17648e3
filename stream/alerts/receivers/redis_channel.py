"""A channel of the Redis server: for programs that listen there at that moment."""

from stream.alerts.notices import Notice
from stream.alerts.subscriptions import Subscription
from stream.bus import Bus
from stream.errors import BrokerUnavailable, ReceiverFailed


class RedisChannelReceiver:
    """Publishes a notice's JSON, with its message id, on the subscription's channel."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def deliver(self, subscription: Subscription, notice: Notice) -> str:
        """Publish the notice and return how many listened.

        Raises:
            ReceiverFailed: the server does not answer.
        """
        payload = f'{{"id": "{notice.message_id}", {notice.body[1:]}'
        try:
            listeners = self._bus.client.publish(subscription.receiver["channel"], payload)
        except BrokerUnavailable as error:
            raise ReceiverFailed(str(error)) from error
        return f"published to {listeners} listeners"
