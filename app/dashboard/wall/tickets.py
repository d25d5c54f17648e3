"""Short-lived signed tickets: what lets a page that this server rendered open a socket of its own."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable

LIFETIME_SECONDS = 60.0


class TicketOffice:
    """Issues and checks tickets, signed with a secret that lives and dies with this process."""

    def __init__(self, *, lifetime_seconds: float = LIFETIME_SECONDS, clock: Callable[[], float] = time.time) -> None:
        self._secret = secrets.token_bytes(32)
        self._lifetime_seconds = lifetime_seconds
        self._clock = clock

    def issue(self) -> str:
        """Return a ticket that is good from now for its lifetime."""
        expiry = f"{self._clock() + self._lifetime_seconds:.3f}~{secrets.token_urlsafe(9)}"
        return f"{expiry}~{self._signature(expiry)}"

    def accepts(self, ticket: str) -> bool:
        """Whether this process signed the ticket and its time is not over."""
        signed, _, signature = ticket.rpartition("~")
        if not hmac.compare_digest(signature.encode(), self._signature(signed).encode()):
            return False
        return float(signed.partition("~")[0]) > self._clock()

    def _signature(self, text: str) -> str:
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()
