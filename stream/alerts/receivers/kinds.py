"""Every kind of receiver, by the name that subscriptions use."""

from stream.alerts.receivers.email import EmailReceiver, MailServer
from stream.alerts.receivers.event_stream import EventStreamReceiver
from stream.alerts.receivers.receiver import Receiver
from stream.alerts.receivers.redis_channel import RedisChannelReceiver
from stream.alerts.receivers.webhook import WebhookReceiver
from stream.bus import Bus


def make_receivers(
    bus: Bus, *, timeout_seconds: float, allow_private_webhooks: bool, mail_server: MailServer
) -> dict[str, Receiver]:
    """Return one receiver of each kind."""
    return {
        "webhook": WebhookReceiver(timeout_seconds=timeout_seconds, allow_private=allow_private_webhooks),
        "email": EmailReceiver(mail_server, timeout_seconds=timeout_seconds),
        "redis": RedisChannelReceiver(bus),
        "sse": EventStreamReceiver(),
    }
