"""What others may ask of the watcher, and what it does then."""

import logging
import time
from collections.abc import Callable
from typing import Any

from stream.alerts.ledger import Ledger
from stream.alerts.notices import trial_notice
from stream.alerts.outbox import Outbox, add_notice
from stream.alerts.requests import Request, RequestInbox
from stream.alerts.subscription_store import SubscriptionStore
from stream.alerts.subscriptions import Subscription
from stream.bus import Bus
from stream.errors import LedgerUnavailable
from stream.messages import Alert

logger = logging.getLogger(__name__)

MAX_REPORTS = 1000
MAX_WHO, MAX_NOTE = 80, 500


class Answers:
    """Takes the questions that wait and answers each, or says why not."""

    def __init__(
        self, bus: Bus, ledger: Ledger, *, acknowledge: Callable[[str, str, str], Alert], takes_email: bool
    ) -> None:
        self._inbox, self._ledger = RequestInbox(bus), ledger
        self._store, self._outbox = SubscriptionStore(ledger), Outbox(ledger)
        self._acknowledge, self._takes_email = acknowledge, takes_email
        self._verbs: dict[str, Callable[[dict[str, Any]], Any]] = {
            "acknowledge": self._note_acknowledgement,
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
            "subscriptions": self._list_subscriptions,
            "test": self._test,
            "delivery": self._show_delivery,
            "deliveries": self._list_deliveries,
        }

    def give(self) -> int:
        """Answer everybody who waits; return how many.

        Raises:
            BrokerUnavailable: the server does not answer.
        """
        requests = self._inbox.take()
        for request in requests:
            self._answer(request)
        return len(requests)

    def refuse_all(self, error: LedgerUnavailable) -> None:
        """Tell everybody who waits that nothing can be recorded now."""
        for request in self._inbox.take():
            self._inbox.refuse(request, error)

    def _answer(self, request: Request) -> None:
        try:
            verb = self._verbs.get(request.verb)
            if verb is None:
                raise ValueError(f"the watcher knows {sorted(self._verbs)}, got {request.verb!r}")
            self._inbox.answer(request, verb(request.arguments))
        except (ValueError, LedgerUnavailable) as error:
            self._inbox.refuse(request, error)
        except (KeyError, TypeError) as error:
            self._inbox.refuse(request, ValueError(f"{request.verb!r} was asked without what it needs: {error!r}"))

    def _note_acknowledgement(self, arguments: dict[str, Any]) -> str:
        who, note = str(arguments["who"]).strip(), str(arguments["note"]).strip()
        if not who or not who.isprintable() or len(who) > MAX_WHO or len(note) > MAX_NOTE:
            raise ValueError(f"who must be 1 to {MAX_WHO} printable characters and note up to {MAX_NOTE}, got {who!r}")
        alert = self._acknowledge(str(arguments["alert_id"]), who, note)
        logger.info("alert acknowledged: alert_id=%s rule=%s source_id=%s", alert.alert_id, alert.rule, alert.source_id)
        return alert.encode().decode()

    def _subscribe(self, arguments: dict[str, Any]) -> str:
        subscription = Subscription.decode(str(arguments["subscription"]).encode())
        if subscription.kind == "email" and not self._takes_email:
            raise ValueError("no mail server is configured; set watch.smtp.host")
        return self._store.add(subscription).encode().decode()

    def _unsubscribe(self, arguments: dict[str, Any]) -> str:
        removed = self._store.remove(str(arguments["subscription_id"]), time.time())
        return removed.without_secret().encode().decode()

    def _list_subscriptions(self, _: dict[str, Any]) -> list[str]:
        return [subscription.without_secret().encode().decode() for subscription in self._store.all()]

    def _test(self, arguments: dict[str, Any]) -> int:
        subscription = self._store.get(str(arguments["subscription_id"]))
        if subscription.disabled_reason:
            raise ValueError(
                f"the subscription {subscription.subscription_id} is disabled ({subscription.disabled_reason}); "
                "unsubscribe and subscribe anew"
            )
        now = time.time()
        with self._ledger.transaction() as connection:
            return add_notice(connection, subscription, trial_notice(subscription, now), now)

    def _show_delivery(self, arguments: dict[str, Any]) -> str | None:
        report = self._outbox.report(int(arguments["delivery_id"]))
        return report.encode().decode() if report else None

    def _list_deliveries(self, arguments: dict[str, Any]) -> list[str]:
        limit = max(1, min(int(arguments["limit"]), MAX_REPORTS))
        return [report.encode().decode() for report in self._outbox.reports(limit)]
