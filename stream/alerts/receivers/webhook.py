"""Webhooks, signed as https://www.standardwebhooks.com says."""

import time
from datetime import UTC, datetime

import httpx
from standardwebhooks import Webhook

from stream.alerts.notices import Notice
from stream.alerts.receivers.url_policy import allowed_addresses
from stream.alerts.subscriptions import Subscription
from stream.errors import ReceiverFailed

MAX_RETRY_AFTER_SECONDS = 3600.0


class WebhookReceiver:
    """Posts a notice; only a 2xx answer counts. Redirects are not followed and answers' bodies not read."""

    def __init__(self, *, timeout_seconds: float, allow_private: bool) -> None:
        self._timeout_seconds, self._allow_private = timeout_seconds, allow_private
        # No connection is kept: one made for a name must not serve another name at the same address.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        self._client = httpx.Client(trust_env=False, limits=limits)

    def deliver(self, subscription: Subscription, notice: Notice) -> str:
        """Post the notice and return the status.

        Raises:
            ReceiverFailed: no connection, no answer in time, or another status; final when 410 (gone).
        """
        url = httpx.URL(subscription.receiver["url"])
        deadline = time.monotonic() + self._timeout_seconds
        addresses = allowed_addresses(
            url.host, url.port or (443 if url.scheme == "https" else 80), allow_private=self._allow_private
        )
        for address in addresses:
            try:
                return self._post(url, address, subscription.secret, notice, deadline)
            except httpx.ConnectError as error:
                failure = ReceiverFailed(f"no connection to {url.host}: {error}")
            except httpx.TimeoutException:
                failure = ReceiverFailed(f"{url.host} gave no answer within {self._timeout_seconds:g} s")
                break
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                failure = ReceiverFailed(f"{url.host} does not speak HTTP as required: {type(error).__name__}: {error}")
                break
        raise failure

    def _post(self, url: httpx.URL, address: str, secret: str, notice: Notice, deadline: float) -> str:
        """Post to the address that was checked: another look-up could give another one."""
        request = httpx.Request(
            "POST",
            url.copy_with(host=address),
            headers={"Host": url.netloc.decode(), **_headers(secret, notice)},
            content=notice.body,
            extensions={
                "sni_hostname": url.host,
                "timeout": httpx.Timeout(max(0.1, deadline - time.monotonic())).as_dict(),
            },
        )
        answer = self._client.send(request, stream=True, follow_redirects=False)
        answer.close()
        return _judge(answer)


def _headers(secret: str, notice: Notice) -> dict[str, str]:
    now = datetime.now(UTC)
    return {
        "content-type": "application/json",
        "user-agent": "vigil",
        "webhook-id": notice.message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(notice.message_id, now, notice.body),
    }


def _judge(answer: httpx.Response) -> str:
    outcome = f"HTTP {answer.status_code}"
    if answer.is_success:
        return outcome
    if answer.status_code == httpx.codes.GONE:
        raise ReceiverFailed(f"{outcome}: the receiver says that it is gone", is_final=True)
    if answer.is_redirect:
        raise ReceiverFailed(f"{outcome}: redirects are not followed; subscribe the new address")
    raise ReceiverFailed(outcome, retry_after_seconds=_retry_after(answer.headers.get("retry-after", "")))


def _retry_after(text: str) -> float:
    return min(float(text), MAX_RETRY_AFTER_SECONDS) if text.isdecimal() and len(text) < 10 else 0.0
