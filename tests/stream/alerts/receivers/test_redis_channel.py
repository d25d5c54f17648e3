"""Alerts on a channel of a real server."""

import json

import pytest
import redis

from stream.alerts.notices import alert_notice
from stream.alerts.receivers.redis_channel import RedisChannelReceiver
from stream.alerts.subscriptions import new_subscription
from stream.bus import Bus
from stream.errors import ReceiverFailed
from tests.stream.alerts.examples import make_alert

SUBSCRIPTION = new_subscription(name="n", receiver={"kind": "redis", "channel": "ward-3"})


def test_listener_hears_the_notice_with_its_id(server_url: str) -> None:
    listener = redis.Redis.from_url(server_url).pubsub()
    listener.subscribe("ward-3")
    listener.get_message(timeout=5)
    notice = alert_notice(SUBSCRIPTION, make_alert())
    outcome = RedisChannelReceiver(Bus.connect(server_url)).deliver(SUBSCRIPTION, notice)
    assert outcome == "published to 1 listeners"
    heard = listener.get_message(timeout=5)
    assert heard is not None
    record = json.loads(heard["data"])
    assert (record["id"], record["type"], record["data"]["source_id"]) == (notice.message_id, "alert.active", "bed1")


def test_server_that_does_not_answer_is_a_failed_delivery() -> None:
    receiver = RedisChannelReceiver(Bus.connect("unix:///nowhere/socket"))
    with pytest.raises(ReceiverFailed, match="must answer"):
        receiver.deliver(SUBSCRIPTION, alert_notice(SUBSCRIPTION, make_alert()))
