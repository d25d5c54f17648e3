"""A subscription: who hears of which alerts, and by what way."""

import base64
import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

from stream.messages import SEVERITIES, Alert, AlertState, Message, Severity

RECEIVER_FIELDS = {"webhook": "url", "email": "to", "redis": "channel", "sse": "stream"}
"""The one thing that each kind of receiver needs to know."""
ALL_STATES: tuple[AlertState, ...] = ("active", "acknowledged", "latched", "resolved")
_ADDRESS = re.compile(r"[^@\s,;<>\"]{1,64}@[A-Za-z0-9.-]{1,190}")
_CHANNEL = re.compile(r"[!-~]{1,128}")


@dataclass(frozen=True)
class Subscription(Message):
    """Receiver x sources x labels x minimum severity, stored until it is taken back."""

    subscription_id: str
    name: str
    receiver: dict[str, str]
    """`{"kind": "webhook", "url": ...}`, `{"kind": "email", "to": ...}`, `{"kind": "redis", "channel": ...}`
    or `{"kind": "sse", "stream": ...}`."""
    sources: tuple[str, ...] = ("*",)
    """Globs of source ids."""
    labels: tuple[str, ...] = ("*",)
    """Globs of labels or of names of rules."""
    minimum_severity: Severity = "info"
    states: tuple[AlertState, ...] = ALL_STATES
    """Changes that the receiver wants to hear of."""
    secret: str = field(default="", repr=False)
    """Key of a webhook's signatures, `whsec_` and base64; shown once, to who subscribes."""
    created_at: float = 0.0
    disabled_reason: str = ""
    """Why nothing is sent any more; empty when all is well."""

    def __post_init__(self) -> None:
        _check_receiver(self.receiver)
        if not self.subscription_id or not self.name.strip() or not self.name.isprintable() or len(self.name) > 80:
            raise ValueError(f"a subscription needs a name of up to 80 printable characters, got {self.name!r}")
        if self.minimum_severity not in SEVERITIES:
            raise ValueError(f"minimum_severity must be one of {SEVERITIES}, got {self.minimum_severity!r}")
        if not self.sources or not self.labels or not all((*self.sources, *self.labels)):
            raise ValueError(f"sources and labels need at least one pattern each, got {self.sources}, {self.labels}")
        if not self.states or not set(self.states) <= set(ALL_STATES):
            raise ValueError(f"states must be some of {ALL_STATES}, got {self.states}")

    @property
    def kind(self) -> str:
        return self.receiver["kind"]

    @property
    def address(self) -> str:
        """Where alerts go, without what a URL's query may hold in confidence."""
        address = self.receiver[RECEIVER_FIELDS[self.kind]]
        if self.kind != "webhook":
            return address
        parts = urlsplit(address)
        return f"{parts.scheme}://{parts.netloc}{parts.path}{'?...' if parts.query else ''}"

    def wants(self, alert: Alert) -> bool:
        """Answer whether the receiver should hear of this change."""
        return (
            alert.state in self.states
            and SEVERITIES.index(alert.severity) >= SEVERITIES.index(self.minimum_severity)
            and any(fnmatchcase(alert.source_id, pattern) for pattern in self.sources)
            and any(fnmatchcase(name, pattern) for pattern in self.labels for name in (alert.label, alert.rule))
        )

    def without_secret(self) -> "Subscription":
        """Return the subscription as listings may show it."""
        shown = {"kind": self.kind, RECEIVER_FIELDS[self.kind]: self.address}
        return replace(self, secret="", receiver=shown)

    def public_record(self) -> dict[str, Any]:
        """Return plain JSON values for listings."""
        record = asdict(self.without_secret())
        del record["secret"]
        return record


def new_subscription(
    *,
    name: str,
    receiver: dict[str, str],
    sources: Sequence[str] = ("*",),
    labels: Sequence[str] = ("*",),
    minimum_severity: Severity = "info",
    states: Sequence[AlertState] | None = None,
) -> Subscription:
    """Make a subscription with an id and, for a webhook, a secret of its own.

    By e-mail only raised alerts are sent unless `states` says more; programs hear of every change.

    Raises:
        ValueError: a value is wrong; the message names it.
    """
    kind = receiver.get("kind", "")
    return Subscription(
        subscription_id=f"sub_{secrets.token_hex(8)}",
        name=name,
        receiver=receiver,
        sources=tuple(sources),
        labels=tuple(labels),
        minimum_severity=minimum_severity,
        states=tuple(states) if states else ("active",) if kind == "email" else ALL_STATES,
        secret=f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}" if kind == "webhook" else "",
        created_at=time.time(),
    )


def new_webhook_subscription(
    *,
    name: str,
    url: str,
    sources: Sequence[str] = ("*",),
    labels: Sequence[str] = ("*",),
    minimum_severity: Severity = "info",
) -> Subscription:
    """Make a subscription that posts signed JSON to a URL; its `secret` verifies the signatures."""
    receiver = {"kind": "webhook", "url": url}
    return new_subscription(
        name=name, receiver=receiver, sources=sources, labels=labels, minimum_severity=minimum_severity
    )


def _check_receiver(receiver: dict[str, str]) -> None:
    kind = receiver.get("kind")
    if kind not in RECEIVER_FIELDS or set(receiver) != {"kind", RECEIVER_FIELDS[kind]}:
        raise ValueError(
            f"a receiver is one of {RECEIVER_FIELDS} as kind and field, got fields {sorted(receiver)}, kind {kind!r}"
        )
    address = receiver[RECEIVER_FIELDS[kind]]
    if kind == "webhook":
        _check_url(address)
    elif kind == "email" and not _ADDRESS.fullmatch(address):
        raise ValueError(f"an e-mail receiver needs one address like ward@hospital.example, got {address!r}")
    elif not _CHANNEL.fullmatch(address):
        raise ValueError(f"a {kind} receiver needs a name of up to 128 printable characters, got {address!r}")


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError(f"a webhook needs an address like https://host/path: {error}") from error
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError(
            f"a webhook needs an address like https://host/path, got scheme {parts.scheme!r}, host {host!r}"
        )
    if parts.username is not None or parts.password is not None:
        raise ValueError(
            f"a webhook's address may not hold a user or password (host {host}): the signature says who sent it"
        )
    if not url.isascii() or not url.isprintable() or " " in url or len(url) > 2000:
        raise ValueError(f"a webhook's address must be up to 2000 printable ASCII characters (host {host})")
