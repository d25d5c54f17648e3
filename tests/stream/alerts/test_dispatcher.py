"""Deliveries over real HTTP: at least once, in order, signed, and one slow receiver delays no other."""

import time
from collections.abc import Callable, Iterator

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from stream.alerts.dispatcher import Dispatcher
from stream.alerts.ledger import Ledger
from stream.alerts.outbox import DeliveryReport, Outbox
from stream.alerts.receivers.webhook import WebhookReceiver
from stream.alerts.record import Record, write
from stream.alerts.subscription_store import SubscriptionStore
from stream.alerts.subscriptions import Subscription, new_webhook_subscription
from tests.stream.alerts.examples import make_alert
from tests.stream.alerts.web_endpoint import Endpoint, free_port
from tests.waiting import wait_until

RETRY_SECONDS = (0.05, 0.05, 0.05)
MakeEndpoint = Callable[..., Endpoint]


@pytest.fixture
def dispatcher(ledger: Ledger) -> Iterator[Dispatcher]:
    receivers = {"webhook": WebhookReceiver(timeout_seconds=1.0, allow_private=True)}
    sender = Dispatcher(ledger, receivers, retry_seconds=RETRY_SECONDS)
    sender.start()
    yield sender
    sender.stop()


def subscribe(ledger: Ledger, url: str) -> Subscription:
    return SubscriptionStore(ledger).add(new_webhook_subscription(name="n", url=url))


def raise_alerts(ledger: Ledger, dispatcher: Dispatcher, number: int = 1) -> None:
    now = time.time()
    write(ledger, Record(alerts=[make_alert(alert_id=f"alert{index}") for index in range(number)]), now)
    dispatcher.poke()


def settled(ledger: Ledger, number: int = 1) -> list[DeliveryReport]:
    """Wait until nothing is owed and return what became of it, oldest first."""
    wait_until(lambda: Outbox(ledger).num_waiting() == 0, 10.0)
    reports = Outbox(ledger).reports(1000)[::-1]
    assert len(reports) == number
    return reports


def test_delivery_bears_a_signature_that_the_reference_library_accepts(
    ledger: Ledger, dispatcher: Dispatcher, make_endpoint: MakeEndpoint
) -> None:
    endpoint = make_endpoint()
    subscription = subscribe(ledger, endpoint.url)
    raise_alerts(ledger, dispatcher)
    (report,) = settled(ledger)
    assert (report.status, report.attempts, report.last_outcome) == ("delivered", 1, "HTTP 204")
    (request,) = endpoint.received
    body = Webhook(subscription.secret).verify(request.body, request.headers)
    assert body["type"] == "alert.active"
    assert body["data"]["alert_id"] == "alert0"
    with pytest.raises(WebhookVerificationError, match="No matching signature"):
        Webhook(subscription.secret).verify(request.body.replace(b"bed1", b"bed2"), request.headers)


def test_failed_delivery_is_tried_again_under_the_same_id_until_it_arrives(
    ledger: Ledger, dispatcher: Dispatcher, make_endpoint: MakeEndpoint
) -> None:
    endpoint = make_endpoint(status=500)
    subscribe(ledger, endpoint.url)
    raise_alerts(ledger, dispatcher)
    wait_until(lambda: len(endpoint.received) >= 2)
    endpoint.status = 200
    (report,) = settled(ledger)
    assert report.status == "delivered"
    assert report.attempts == len(endpoint.received)
    assert len(set(endpoint.ids())) == 1


def test_delivery_is_dead_after_the_last_try(
    ledger: Ledger, dispatcher: Dispatcher, make_endpoint: MakeEndpoint
) -> None:
    endpoint = make_endpoint(status=503)
    subscribe(ledger, endpoint.url)
    raise_alerts(ledger, dispatcher)
    (report,) = settled(ledger)
    assert (report.status, report.attempts, report.last_outcome) == ("dead", len(RETRY_SECONDS) + 1, "HTTP 503")


def test_receiver_that_asks_for_a_pause_is_given_it(
    ledger: Ledger, dispatcher: Dispatcher, make_endpoint: MakeEndpoint
) -> None:
    endpoint = make_endpoint(status=429, headers={"retry-after": "600"})
    subscribe(ledger, endpoint.url)
    raise_alerts(ledger, dispatcher)
    wait_until(lambda: Outbox(ledger).reports(1)[0].attempts == 1)
    report = Outbox(ledger).reports(1)[0]
    assert 450 < report.next_attempt_at - time.time() < 750


def test_gone_receiver_disables_its_subscription_and_withdraws_the_rest(
    ledger: Ledger, dispatcher: Dispatcher, make_endpoint: MakeEndpoint
) -> None:
    endpoint = make_endpoint(status=410)
    subscription = subscribe(ledger, endpoint.url)
    raise_alerts(ledger, dispatcher, 3)
    assert sorted(report.status for report in settled(ledger, 3)) == ["dead", "withdrawn", "withdrawn"]
    assert len(endpoint.received) == 1
    assert "410" in SubscriptionStore(ledger).get(subscription.subscription_id).disabled_reason
    raise_alerts(ledger, dispatcher)
    settled(ledger, 3)


def test_redirect_is_not_followed(ledger: Ledger, dispatcher: Dispatcher, make_endpoint: MakeEndpoint) -> None:
    target = make_endpoint()
    endpoint = make_endpoint(status=307, headers={"location": target.url})
    subscribe(ledger, endpoint.url)
    raise_alerts(ledger, dispatcher)
    (report,) = settled(ledger)
    assert report.status == "dead"
    assert "redirects are not followed" in report.last_outcome
    assert target.received == []


def test_answer_of_any_size_is_not_read(ledger: Ledger, dispatcher: Dispatcher, make_endpoint: MakeEndpoint) -> None:
    subscribe(ledger, make_endpoint(status=200, body=b"x" * 50_000_000).url)
    began = time.monotonic()
    raise_alerts(ledger, dispatcher)
    assert settled(ledger)[0].status == "delivered"
    assert time.monotonic() - began < 2.0


def test_receiver_that_is_down_or_silent_is_named(
    ledger: Ledger, dispatcher: Dispatcher, make_endpoint: MakeEndpoint
) -> None:
    slow = make_endpoint(delay_seconds=5.0)
    down = subscribe(ledger, f"http://127.0.0.1:{free_port()}/x").subscription_id
    silent = subscribe(ledger, slow.url).subscription_id
    raise_alerts(ledger, dispatcher)
    outcomes = {report.subscription_id: report.last_outcome for report in settled(ledger, 2)}
    assert "no connection to 127.0.0.1" in outcomes[down]
    assert "no answer within 1 s" in outcomes[silent]


def test_changes_of_one_alert_arrive_in_order_though_the_first_fails_at_first(
    ledger: Ledger, dispatcher: Dispatcher, make_endpoint: MakeEndpoint
) -> None:
    endpoint = make_endpoint(status=500)
    subscribe(ledger, endpoint.url)
    raise_alerts(ledger, dispatcher)
    write(ledger, Record(alerts=[make_alert(alert_id="alert0", state="resolved", revision=2)]), time.time())
    wait_until(lambda: len(endpoint.received) >= 2)
    endpoint.status = 200
    first, second = settled(ledger, 2)
    assert (first.revision, second.revision) == (1, 2)
    assert endpoint.ids()[-1] == second.message_id
    assert second.message_id not in endpoint.ids()[:-1]


def test_what_an_earlier_process_left_behind_is_sent(ledger: Ledger, make_endpoint: MakeEndpoint) -> None:
    endpoint = make_endpoint()
    subscribe(ledger, endpoint.url)
    write(ledger, Record(alerts=[make_alert()]), time.time() - 100)
    sender = Dispatcher(ledger, {"webhook": WebhookReceiver(timeout_seconds=1.0, allow_private=True)}, retry_seconds=())
    sender.start()
    wait_until(lambda: endpoint.received)
    sender.stop()


def test_ten_dead_receivers_do_not_delay_a_healthy_one(
    ledger: Ledger, dispatcher: Dispatcher, make_endpoint: MakeEndpoint
) -> None:
    healthy = make_endpoint()
    hanging = make_endpoint(delay_seconds=30.0)
    for _ in range(10):
        subscribe(ledger, hanging.url)
    subscription = subscribe(ledger, healthy.url)
    for index in range(40):
        write(ledger, Record(alerts=[make_alert(alert_id=f"alert{index}")]), time.time())
        dispatcher.poke()
        time.sleep(0.02)
    wait_until(lambda: len(healthy.received) == 40)
    reports = [row for row in Outbox(ledger).reports(1000) if row.subscription_id == subscription.subscription_id]
    delays = sorted((row.first_attempt_at or 0.0) - row.created_at for row in reports)
    print(f"raise to first attempt beside 10 hanging receivers: median {delays[20]:.3f} s, longest {delays[-1]:.3f} s")
    assert delays[-1] < 1.0
