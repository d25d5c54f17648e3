"""Subscriptions: what they match, what they refuse, what they show."""

import base64
from typing import Any

import pytest

from stream.alerts.subscriptions import Subscription, new_subscription, new_webhook_subscription
from stream.messages import Severity
from tests.stream.alerts.examples import make_alert

WEBHOOK = {"kind": "webhook", "url": "https://ward.example/in?token=hidden"}


@pytest.mark.parametrize(
    ("how", "is_wanted"),
    [
        ({}, True),
        ({"sources": ["bed*"]}, True),
        ({"sources": ["icu*", "bed?"]}, True),
        ({"sources": ["bed"]}, False),
        ({"labels": ["out_of_*"]}, True),
        ({"labels": ["into_*"]}, False),
        ({"minimum_severity": "medium"}, True),
        ({"minimum_severity": "high"}, False),
        ({"states": ["resolved"]}, False),
    ],
)
def test_subscription_wants_what_all_its_parts_match(how: dict[str, Any], is_wanted: bool) -> None:
    assert new_subscription(name="n", receiver=WEBHOOK, **how).wants(make_alert()) is is_wanted


def test_labels_also_match_the_name_of_the_rule() -> None:
    subscription = new_subscription(name="n", receiver=WEBHOOK, labels=["night_*"])
    assert subscription.wants(make_alert(rule="night_exit"))


@pytest.mark.parametrize("severity", ["info", "low", "medium", "high"])
def test_subscription_comes_back_as_it_was_sent(severity: Severity) -> None:
    subscription = new_webhook_subscription(name="n", url="https://a.example/", minimum_severity=severity)
    assert Subscription.decode(subscription.encode()) == subscription


def test_every_webhook_has_a_secret_of_its_own_of_32_bytes() -> None:
    first, second = (new_webhook_subscription(name="n", url="https://a.example/") for _ in range(2))
    assert first.secret != second.secret
    assert len(base64.b64decode(first.secret.removeprefix("whsec_"))) == 32


def test_secret_and_query_of_the_address_are_never_shown() -> None:
    subscription = new_subscription(name="n", receiver=WEBHOOK)
    shown = f"{subscription.public_record()} {subscription.address} {subscription.without_secret()}"
    assert subscription.secret not in shown + repr(subscription)
    assert "hidden" not in shown
    assert subscription.address == "https://ward.example/in?..."


def test_mail_tells_of_raised_alerts_only_and_programs_of_every_change() -> None:
    mail = new_subscription(name="n", receiver={"kind": "email", "to": "ward@hospital.example"})
    assert mail.states == ("active",)
    assert "resolved" in new_subscription(name="n", receiver={"kind": "redis", "channel": "c"}).states


@pytest.mark.parametrize(
    ("receiver", "reason"),
    [
        ({"kind": "fax", "number": "1"}, "a receiver is one of"),
        ({"kind": "webhook"}, "a receiver is one of"),
        ({"kind": "webhook", "url": "ftp://a.example/"}, "got scheme 'ftp'"),
        ({"kind": "webhook", "url": "https:///path"}, "an address like https://host/path"),
        ({"kind": "webhook", "url": "https://a.example:99999/"}, "an address like https://host/path: Port"),
        ({"kind": "webhook", "url": "https://user:pass@a.example/"}, "may not hold a user or password"),
        ({"kind": "webhook", "url": "https://a.example/\r\nX: y"}, "printable ASCII"),
        ({"kind": "email", "to": "a@b.example\nBcc: c@d.example"}, "needs one address"),
        ({"kind": "email", "to": "a@b.example,c@d.example"}, "needs one address"),
        ({"kind": "redis", "channel": ""}, "needs a name of up to 128"),
    ],
)
def test_receiver_that_cannot_be_is_refused(receiver: dict[str, str], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        new_subscription(name="n", receiver=receiver)


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ({"minimum_severity": "urgent"}, "minimum_severity must be one of"),
        ({"name": ""}, "needs a name"),
        ({"sources": [""]}, "at least one pattern"),
        ({"states": ["pending"]}, "states must be some of"),
    ],
)
def test_wrong_value_is_refused_by_name(how: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        new_subscription(**{"name": "n", "receiver": WEBHOOK, **how})
