"""Questions to the watcher and its answers, over Redis; a question whose asker gave up is never carried out."""

import json
import secrets
import time
from dataclasses import dataclass
from typing import Any

from stream.alerts import keys
from stream.bus import Bus
from stream.errors import LedgerUnavailable, WatcherSilent

REPLY_LIFE_SECONDS = 30
GRACE_SECONDS = 2.0  # for the reply to a question that the watcher had already taken


@dataclass(frozen=True)
class Request:
    """One question."""

    request_id: str
    verb: str
    arguments: dict[str, Any]


def ask(bus: Bus, verb: str, arguments: dict[str, Any], *, timeout_seconds: float = 3.0) -> Any:
    """Ask the watcher and return its answer, plain JSON values.

    The question lives on the server only as long as we wait for it. The watcher takes it by deleting
    it, so when time is up our own deletion tells whether it was taken.

    Raises:
        WatcherSilent: no watcher took the question, or it took it and did not answer.
        ValueError: the watcher said no, and why.
        LedgerUnavailable: the watcher could not record it, so it was not done.
        BrokerUnavailable: the server does not answer.
    """
    if not bus.client.exists(keys.ALIVE):
        raise WatcherSilent(f"no watcher is running, so {verb!r} was not done; start `vigil up` or `vigil watch`")
    request_id = secrets.token_hex(12)
    payload = json.dumps({"verb": verb, "arguments": arguments}, allow_nan=False)
    with bus.client.pipeline() as pipeline:
        pipeline.set(keys.request_key(request_id), payload, px=int(timeout_seconds * 1000) + 1000)
        pipeline.rpush(keys.REQUESTS, request_id)
        pipeline.execute()
    reply = _wait(bus, request_id, timeout_seconds)
    if reply is None and bus.client.delete(keys.request_key(request_id)):
        bus.client.lrem(keys.REQUESTS, 1, request_id)
        raise WatcherSilent(f"the watcher did not take {verb!r} within {timeout_seconds:g} s, so it was not done")
    reply = reply or _wait(bus, request_id, GRACE_SECONDS)
    if reply is None:
        raise WatcherSilent(f"the watcher took {verb!r} but did not answer; look whether it was done and try again")
    if "refused" in reply:
        raise ValueError(reply["refused"])
    if "failed" in reply:
        raise LedgerUnavailable(f"{verb!r} was not done: {reply['failed']}")
    return reply["answer"]


def _wait(bus: Bus, request_id: str, timeout_seconds: float) -> dict[str, Any] | None:
    deadline = time.monotonic() + timeout_seconds
    while (left := deadline - time.monotonic()) > 0:
        found = bus.client.blpop(keys.reply_key(request_id), timeout=min(1.0, max(0.05, left)))
        if found:
            reply: dict[str, Any] = json.loads(found[1])
            return reply
    return None


class RequestInbox:
    """The watcher's side."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def take(self, limit: int = 50) -> list[Request]:
        """Return the questions whose askers still wait."""
        taken = []
        for request_id in self._bus.client.lpop(keys.REQUESTS, limit) or ():
            payload = self._bus.client.getdel(keys.request_key(request_id.decode()))
            if payload is not None:
                record = json.loads(payload)
                taken.append(Request(request_id.decode(), str(record["verb"]), dict(record["arguments"])))
        return taken

    def answer(self, request: Request, answer: Any) -> None:
        """Say what came of it."""
        self._reply(request, {"answer": answer})

    def refuse(self, request: Request, error: LedgerUnavailable | ValueError) -> None:
        """Say why it was not done."""
        self._reply(request, {"failed" if isinstance(error, LedgerUnavailable) else "refused": str(error)})

    def _reply(self, request: Request, reply: dict[str, Any]) -> None:
        with self._bus.client.pipeline() as pipeline:
            pipeline.rpush(keys.reply_key(request.request_id), json.dumps(reply, allow_nan=False))
            pipeline.expire(keys.reply_key(request.request_id), REPLY_LIFE_SECONDS)
            pipeline.execute()
