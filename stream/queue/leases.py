"""Who may deliver from which stream: leases that expire, and the worker that should hold each."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from stream.bus import Bus, ScriptCall
from stream.keys import GROUP, LIVE_WORKERS, WORKER_MODELS, RequestStream

HoldOutcome = Literal["kept", "taken", "refused"]


class Leases:
    """The leases of one consumer. Raises BrokerUnavailable."""

    def __init__(self, bus: Bus, consumer: str, lease_seconds: float) -> None:
        self._bus = bus
        self._consumer = consumer
        self._lease_ms = round(lease_seconds * 1000)

    def hold(self, streams: Sequence[RequestStream]) -> dict[RequestStream, HoldOutcome]:
        """Take or renew leases.

        `taken` means that it was free or had run out: the clips that others were given and had not ended are ours
        now, and what they still finish does not count. `refused` means that another holds it.
        """
        args = (GROUP, self._consumer, self._lease_ms)
        calls = [ScriptCall((stream.key, stream.lease_key), args) for stream in streams]
        replies = self._bus.run_many("hold", calls) if calls else []
        return {stream: reply.decode() for stream, reply in zip(streams, replies, strict=True)}

    def release(self, streams: Iterable[RequestStream]) -> None:
        """Give leases back, so that others need not wait until they run out."""
        calls = [ScriptCall((stream.lease_key,), (self._consumer,)) for stream in streams]
        if calls:
            self._bus.run_many("release", calls)


class Membership:
    """The workers that live, as all of them see it. Raises BrokerUnavailable."""

    def __init__(self, bus: Bus, worker_id: str, models: Iterable[str], lease_seconds: float) -> None:
        self._bus = bus
        self._worker_id = worker_id
        self._models = ",".join(sorted(models))
        self._lease_ms = round(lease_seconds * 1000)

    def attend(self) -> dict[str, frozenset[str]]:
        """Say that we live; return the models of every live worker, ours too, by worker id."""
        args = (self._worker_id, self._models, self._lease_ms)
        reply = [item.decode() for item in self._bus.run("attend", [LIVE_WORKERS, WORKER_MODELS], args)]
        return {name: frozenset(models.split(",")) for name, models in zip(reply[::2], reply[1::2], strict=True)}

    def leave(self) -> None:
        """Say that we end, so that others take our streams at once."""
        transaction = self._bus.client.pipeline(transaction=True)
        transaction.zrem(LIVE_WORKERS, self._worker_id)
        transaction.hdel(WORKER_MODELS, self._worker_id)
        transaction.execute()


def rightful_holder(stream: RequestStream, workers: Mapping[str, frozenset[str]]) -> str | None:
    """Return the worker that should hold the lease of a stream; None when none serves its model.

    Rendezvous hashing: when a worker comes or goes, only its own streams change hands. Streams of one source go to
    one worker where it serves all of their models, so that it reads their frames once.

    Source: Thaler & Ravishankar 1998, "Using name-based mappings to increase hit rates".
    """
    able = [worker_id for worker_id, models in workers.items() if stream.model in models]
    return max(able, key=lambda worker_id: _weight(worker_id, stream.source_id), default=None)


def _weight(worker_id: str, source_id: str) -> bytes:
    return hashlib.blake2b(f"{worker_id}\0{source_id}".encode(), digest_size=8).digest()
