"""The account: where every clip and every frame went, so that nothing is lost without a word."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from stream.bus import Bus
from stream.keys import (
    LATEST,
    OPEN_GAPS,
    SOURCE_STATUS,
    SOURCES,
    STREAMS,
    RequestStream,
    dead_key,
    epoch_key,
    frames_key,
    gaps_key,
)
from stream.messages import Message

logger = logging.getLogger(__name__)

MAX_GAPS = 1000
"""Gaps kept a source."""
EPOCH_MEMORY_SECONDS = 86_400
"""How long the last epoch of a removed source is remembered, should the source come back."""

_DROPPED = "dropped:"


@dataclass(frozen=True)
class ClipAccount:
    """Where the clips of one source and model went. It closes when nothing is missing."""

    source_id: str
    model: str
    produced: int
    scored: int
    dropped: dict[str, int]
    """Clips dropped, by reason: overload, no_worker, late, frames_gone, bus_down."""
    dead: int
    in_flight: int
    """Clips on the server that have not ended: counted there, not calculated."""

    @property
    def imbalance(self) -> int:
        """Produced clips without a fate; 0 unless something was lost, negative when something came from nowhere."""
        return self.produced - self.scored - sum(self.dropped.values()) - self.dead - self.in_flight

    @property
    def is_closed(self) -> bool:
        return self.imbalance == 0


@dataclass(frozen=True)
class FrameAccount:
    """Where the decoded frames of one source went."""

    source_id: str
    decoded: int
    published: int
    dropped: dict[str, int] = field(default_factory=dict)

    @property
    def imbalance(self) -> int:
        return self.decoded - self.published - sum(self.dropped.values())

    @property
    def is_closed(self) -> bool:
        return self.imbalance == 0


@dataclass(frozen=True)
class Gap(Message):
    """An interval in which a source was not monitored, or monitored but not analysed."""

    source_id: str
    epoch: int
    """Epoch that the gap ended; the last one of a gap that goes on."""
    from_at: float
    to_at: float
    reason: str
    kind: Literal["not_monitored", "not_analysed"] = "not_monitored"


class Account:
    """Reads the account of clips; keeps that of frames and the gaps. Raises BrokerUnavailable."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def clips(self) -> list[ClipAccount]:
        """Return the account of each source and model, all as of one moment, sorted."""
        streams = sorted(RequestStream.parse(name) for name in self._bus.client.smembers(STREAMS))
        transaction = self._bus.client.pipeline(transaction=True)
        for stream in streams:
            transaction.hgetall(stream.account_key)
            transaction.xlen(stream.key)
        replies = transaction.execute()
        return [
            _clip_account(stream, _counts(counters), in_flight)
            for stream, counters, in_flight in zip(streams, replies[::2], replies[1::2], strict=True)
        ]

    def frames(self) -> list[FrameAccount]:
        """Return the account of each source's frames, sorted."""
        source_ids = sorted(name.decode() for name in self._bus.client.smembers(SOURCES))
        pipeline = self._bus.client.pipeline(transaction=True)
        for source_id in source_ids:
            pipeline.hgetall(frames_key(source_id))
        return [
            _frame_account(source_id, _counts(counters))
            for source_id, counters in zip(source_ids, pipeline.execute(), strict=True)
        ]

    def add_frames(self, source_id: str, *, decoded: int, published: int, dropped: Mapping[str, int]) -> None:
        """Count frames of a source; all counts of one call become visible together."""
        transaction = self._bus.client.pipeline(transaction=True)
        transaction.sadd(SOURCES, source_id)
        counts = {"decoded": decoded, "published": published}
        counts |= {_DROPPED + reason: number for reason, number in dropped.items()}
        for name, number in counts.items():
            if number:
                transaction.hincrby(frames_key(source_id), name, number)
        transaction.execute()

    def add_unsent_clips(self, source_id: str, model: str, *, number: int, reason: str) -> None:
        """Count clips that were dropped before the server could be given them: produced and dropped at once."""
        stream = RequestStream(source_id, model)
        transaction = self._bus.client.pipeline(transaction=True)
        transaction.sadd(STREAMS, stream.name)
        transaction.hincrby(stream.account_key, "produced", number)
        transaction.hincrby(stream.account_key, _DROPPED + reason, number)
        transaction.execute()

    def record_gap(self, gap: Gap) -> None:
        """Keep an interval that is over."""
        transaction = self._bus.client.pipeline(transaction=True)
        transaction.sadd(SOURCES, gap.source_id)
        transaction.xadd(gaps_key(gap.source_id), {"record": gap.encode()}, maxlen=MAX_GAPS, approximate=True)
        transaction.execute()

    def gaps(self, source_id: str, limit: int = 100) -> list[Gap]:
        """Return the last gaps of a source, newest first."""
        entries = self._bus.client.xrevrange(gaps_key(source_id), count=limit)
        return [Gap.decode(fields[b"record"]) for _, fields in entries]

    def set_open_gaps(self, gaps: Iterable[Gap]) -> None:
        """Keep the intervals that go on, each up to now, in place of those kept before; one a source."""
        transaction = self._bus.client.pipeline(transaction=True)
        transaction.delete(OPEN_GAPS)
        for gap in gaps:
            transaction.hset(OPEN_GAPS, gap.source_id, gap.encode())
        transaction.execute()

    def open_gaps(self) -> list[Gap]:
        """Return the gaps that go on, as the watcher last judged, sorted by source."""
        return [Gap.decode(payload) for _, payload in sorted(self._bus.client.hgetall(OPEN_GAPS).items())]

    def forget(self, source_id: str) -> None:
        """Remove everything that the server holds of a source, once its ingester has ended.

        Clips still in flight go too; the results that were published stay in the feed until it is trimmed.
        """
        names = [RequestStream.parse(name) for name in self._bus.client.smembers(STREAMS)]
        transaction = self._bus.client.pipeline(transaction=True)
        for stream in (stream for stream in names if stream.source_id == source_id):
            transaction.delete(stream.key, stream.account_key, stream.lease_key)
            transaction.hdel(LATEST, stream.name)
            transaction.srem(STREAMS, stream.name)
        transaction.delete(frames_key(source_id), gaps_key(source_id), dead_key(source_id))
        transaction.hdel(SOURCE_STATUS, source_id)
        transaction.hdel(OPEN_GAPS, source_id)
        transaction.srem(SOURCES, source_id)
        transaction.expire(epoch_key(source_id), EPOCH_MEMORY_SECONDS)
        transaction.execute()


def _counts(counters: Mapping[bytes, bytes]) -> dict[str, int]:
    return {name.decode(): int(number) for name, number in counters.items()}


def _dropped(counts: Mapping[str, int]) -> dict[str, int]:
    return {name.removeprefix(_DROPPED): n for name, n in sorted(counts.items()) if name.startswith(_DROPPED)}


def _clip_account(stream: RequestStream, counts: Mapping[str, int], in_flight: int) -> ClipAccount:
    return ClipAccount(
        source_id=stream.source_id,
        model=stream.model,
        produced=counts.get("produced", 0),
        scored=counts.get("scored", 0),
        dropped=_dropped(counts),
        dead=counts.get("dead", 0),
        in_flight=in_flight,
    )


def _frame_account(source_id: str, counts: Mapping[str, int]) -> FrameAccount:
    return FrameAccount(source_id, counts.get("decoded", 0), counts.get("published", 0), _dropped(counts))
