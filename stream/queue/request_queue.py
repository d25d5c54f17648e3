"""The queue of clips between ingesters and workers: ordered a source and model, counted at every step."""

import logging
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stream.bus import Bus, ScriptCall
from stream.keys import GROUP, LATEST, RESULTS, STREAMS, RequestStream, dead_key, epoch_key
from stream.messages import InferenceRequest, InferenceResult
from stream.queue.dead_clips import DeadClip
from stream.queue.deliveries import Delivery, DeliveryRound, Ending

logger = logging.getLogger(__name__)

EPOCH_ZERO = 1_577_836_800
"""2020-01-01, UTC: epochs are at least the seconds since then, so that they outlive the server's memory."""
BACKLOG_WITHOUT_WORKERS = 64
"""Undelivered clips a source and model that wait while no worker runs."""
MAX_RESULTS = 500_000
"""Results kept when nobody trims them; about 300 MB."""
MAX_DEAD_CLIPS = 200
"""Dead clips kept a source; the account counts all of them."""
_MAX_OBITUARY_CHARACTERS = 4000


@dataclass(frozen=True)
class QueueAge:
    """How far the workers are behind for one source and model."""

    source_id: str
    model: str
    in_flight: int
    """Clips produced and not ended, those being scored included."""
    oldest_seconds: float
    """Time since the oldest of them was produced; 0 when there is none."""


class RequestQueue:
    """Clip requests from the moment they are produced to the moment they end.

    Ingesters call `start_epoch`, `produce` and `shed`; workers call the rest, as a consumer that holds leases
    (`stream.queue.leases`). All methods raise BrokerUnavailable when the server does not answer; all may then be called
    again with the same arguments, and nothing happens twice.
    """

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def start_epoch(self, source_id: str) -> int:
        """Return the number of a new epoch, higher than any before, also across a loss of the server's data."""
        streams = [stream.key for stream in self.streams() if stream.source_id == source_id]
        return int(self._bus.run("start_epoch", [epoch_key(source_id), *streams], [EPOCH_ZERO]))

    def produce(self, requests: Sequence[InferenceRequest], *, max_backlog: int = BACKLOG_WITHOUT_WORKERS) -> int:
        """Add clips, in order, and count them as produced; return how many the server took.

        A clip that it has seen before is refused and not counted, so repeating a call whose answer was lost is
        harmless. Clips of one source and model must come in rising order of (epoch, clip index).

        Args:
            requests: clips of any sources and models.
            max_backlog: undelivered clips a source and model beyond which the oldest are dropped (overload, or
                no_worker when nobody holds the lease).
        """
        by_stream: dict[RequestStream, list[InferenceRequest]] = defaultdict(list)
        for request in requests:
            by_stream[RequestStream(request.source_id, request.model)].append(request)
        calls = [
            ScriptCall(
                (stream.key, stream.account_key, STREAMS, stream.lease_key),
                (GROUP, stream.name, max_backlog, *(part for request in clips for part in _entry(request))),
            )
            for stream, clips in by_stream.items()
        ]
        return sum(self._bus.run_many("produce", calls)) if calls else 0

    def shed(self, source_id: str, model: str, max_backlog: int) -> int:
        """Drop the oldest undelivered clips until at most so many wait; return how many went.

        Clips that a worker was given already are left alone. Each dropped clip counts with the reason
        `overload`, or `no_worker` when nobody holds the lease of the stream.
        """
        stream = RequestStream(source_id, model)
        return int(self._bus.run("shed", [stream.key, stream.account_key, stream.lease_key], [GROUP, max_backlog]))

    def streams(self) -> list[RequestStream]:
        """Return every source and model that clips were produced for, sorted."""
        return sorted(RequestStream.parse(name) for name in self._bus.client.smembers(STREAMS))

    def deliver(
        self,
        consumer: str,
        streams: Sequence[RequestStream],
        *,
        count: int,
        max_backlog: int = BACKLOG_WITHOUT_WORKERS,
    ) -> DeliveryRound:
        """Give the consumer the next clips of streams it holds the lease of, without waiting.

        First what is too much (`max_backlog` a stream) or past its deadline is dropped and counted. Then one clip
        a stream and round is given, in the order of `streams`, until `count` are out. An entry that is no clip
        is buried and not given.

        When this raises, the server may have given clips all the same: `claim` finds them.
        """
        if not streams:
            return DeliveryRound((), {}, {})
        keys = [key for stream in streams for key in (stream.key, stream.lease_key, stream.account_key)]
        replies = self._bus.run("deliver", keys, [GROUP, consumer, time.time(), count, max_backlog])
        given = [
            self._decoded(stream, entry, consumer, deliveries=1)
            for stream, (_, _, entries) in zip(streams, replies, strict=True)
            for entry in entries
        ]
        return DeliveryRound(
            deliveries=tuple(delivery for delivery in given if delivery),
            dropped={stream: reply[1] for stream, reply in zip(streams, replies, strict=True) if reply[1]},
            positions={stream: reply[0].decode() for stream, reply in zip(streams, replies, strict=True) if reply[0]},
        )

    def wait(self, positions: Mapping[RequestStream, str], seconds: float) -> bool:
        """Wait until a clip stands after one of the positions; return whether one does."""
        after = {stream.key: position for stream, position in positions.items()}
        return bool(self._bus.client.xread(after, count=1, block=max(1, round(seconds * 1000))))

    def claim(self, consumer: str, stream: RequestStream) -> Delivery | None:
        """Give the consumer the oldest clip it owns and has not ended, again, and count the delivery.

        Whoever takes a lease owns the unfinished clips of the stream: it claims and ends them one by one, in
        order, before it asks for new ones.
        """
        return self._claim(consumer, stream, "-", "+")

    def redeliver(self, delivery: Delivery) -> Delivery | None:
        """Count one more delivery of a clip that failed; None when the consumer does not own it any more."""
        return self._claim(delivery.consumer, delivery.stream, delivery.entry_id, delivery.entry_id)

    def finish(self, delivery: Delivery, result: InferenceResult) -> bool:
        """End a clip with its result, which becomes visible; False when it had ended or is another's now.

        Raises:
            ValueError: the result has a number that JSON cannot carry.
        """
        return self.end([Ending.scored(delivery, result)])[0]

    def drop(self, delivery: Delivery, reason: str) -> bool:
        """End a clip without a result, counted as dropped for the reason."""
        return self.end([Ending.dropped(delivery, reason)])[0]

    def bury(self, delivery: Delivery, reason: str) -> bool:
        """End a clip that cannot be scored; it is kept among the dead clips with the reason."""
        payload = delivery.request.encode().decode()
        return self.end([Ending(delivery, "dead", _obituary(delivery, payload, reason))])[0]

    def end(self, endings: Sequence[Ending]) -> list[bool]:
        """End several clips, in order, in one round trip; say for each whether this call ended it."""
        replies = self._bus.run_many("end", [_ending_call(ending) for ending in endings])
        return [reply == 1 for reply in replies]

    def dead_clips(self, source_id: str, limit: int = 100) -> list[DeadClip]:
        """Return the clips of a source that were given up last, newest first."""
        entries = self._bus.client.xrevrange(dead_key(source_id), count=limit)
        return [DeadClip.decode(fields[b"record"]) for _, fields in entries]

    def ages(self) -> list[QueueAge]:
        """Return how far behind the workers are, for each source and model."""
        streams = self.streams()
        pipeline = self._bus.client.pipeline(transaction=False)
        for stream in streams:
            pipeline.xlen(stream.key)
            pipeline.xrange(stream.key, count=1)
        replies = pipeline.execute()
        return [
            QueueAge(stream.source_id, stream.model, num_clips, _age_seconds(oldest))
            for stream, num_clips, oldest in zip(streams, replies[::2], replies[1::2], strict=True)
        ]

    def _claim(self, consumer: str, stream: RequestStream, first_id: str, last_id: str) -> Delivery | None:
        while reply := self._bus.run("claim", [stream.key], [GROUP, consumer, first_id, last_id]):
            entry_id, fields, deliveries = reply
            if delivery := self._decoded(stream, (entry_id, fields), consumer, deliveries):
                return delivery
        return None

    def _decoded(self, stream: RequestStream, entry: Any, consumer: str, deliveries: int) -> Delivery | None:
        """Return the entry as a delivery; bury it when it is no clip of this stream."""
        entry_id, fields = entry[0].decode(), dict(zip(entry[1][::2], entry[1][1::2], strict=True))
        payload = fields.get(b"request", b"")
        try:
            request = InferenceRequest.decode(payload)
            _require_match(request, stream, entry_id)
        except ValueError as error:
            self._bury_undecodable(stream, entry_id, consumer, payload, f"no clip request: {error}")
            return None
        return Delivery(stream, entry_id, consumer, request, deliveries)

    def _bury_undecodable(
        self, stream: RequestStream, entry_id: str, consumer: str, payload: bytes, reason: str
    ) -> None:
        logger.error("buried an entry that is no clip: stream=%s entry_id=%s %s", stream.name, entry_id, reason)
        nobody = InferenceRequest(stream.source_id, stream.model, 0, 0, (), (), (), (), 0.0, 0.0, 0.0)
        delivery = Delivery(stream, entry_id, consumer, nobody)
        obituary = _obituary(delivery, payload.decode(errors="replace"), reason)
        self.end([Ending(delivery, "dead", obituary)])


def _entry(request: InferenceRequest) -> tuple[str, float, bytes]:
    return request.entry_id, request.deadline_at, request.encode()


def _require_match(request: InferenceRequest, stream: RequestStream, entry_id: str) -> None:
    found = (RequestStream(request.source_id, request.model), request.entry_id)
    if found != (stream, entry_id):
        raise ValueError(f"required a clip of {stream.name} with id {entry_id}, found {found[0].name} with {found[1]}")


def _ending_call(ending: Ending) -> ScriptCall:
    delivery, stream = ending.delivery, ending.delivery.stream
    keys: tuple[str, ...] = (stream.key, stream.account_key)
    max_records = 0
    if ending.counter == "scored":
        keys, max_records = (*keys, RESULTS, LATEST), MAX_RESULTS
    elif ending.counter == "dead":
        keys, max_records = (*keys, dead_key(stream.source_id)), MAX_DEAD_CLIPS
    args = (GROUP, delivery.consumer, delivery.entry_id, ending.counter, ending.record, max_records, stream.name)
    return ScriptCall(keys, args)


def _obituary(delivery: Delivery, payload: str, reason: str) -> bytes:
    return DeadClip(
        source_id=delivery.stream.source_id,
        model=delivery.stream.model,
        entry_id=delivery.entry_id,
        reason=reason,
        deliveries=delivery.deliveries,
        died_at=time.time(),
        request=payload[:_MAX_OBITUARY_CHARACTERS],
    ).encode()


def _age_seconds(entries: Any) -> float:
    try:
        return max(0.0, time.time() - InferenceRequest.decode(entries[0][1][b"request"]).produced_at)
    except (IndexError, KeyError, ValueError):
        return 0.0
