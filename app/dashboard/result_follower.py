"""Follows the feed of results for everybody on this dashboard: the newest of each model, and how late they came."""

import time
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field

from stream.messages import InferenceResult
from stream.queue.latency import LatencyStats, LatencySummary
from stream.queue.result_feed import ResultFeed

NUM_FIRST_RESULTS = 500
NUM_READ_TOGETHER = 500
LATENCY_BOUNDS_SECONDS = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 15.0, 30.0)


@dataclass(frozen=True)
class LatencyHistogram:
    """Results counted by their time from capture, since this process began."""

    counts: tuple[int, ...] = (0,) * (len(LATENCY_BOUNDS_SECONDS) + 1)
    """Results up to each bound (not cumulative), and those beyond the last."""
    sum_seconds: float = 0.0

    def cumulative(self) -> list[tuple[str, float]]:
        """Return (upper bound, number of results up to it), as Prometheus wants them."""
        totals, total = [], 0
        for bound, count in zip((*map(str, LATENCY_BOUNDS_SECONDS), "+Inf"), self.counts, strict=True):
            total += count
            totals.append((bound, float(total)))
        return totals


@dataclass(frozen=True)
class LatestResults:
    """What the models last said, and how late."""

    by_source: Mapping[str, tuple[InferenceResult, ...]] = field(default_factory=dict)
    """The newest result of each model, by source."""
    latency: LatencySummary | None = None
    """None when no result was finished within the last minute."""
    histogram: LatencyHistogram = LatencyHistogram()


class ResultFollower:
    """Reads every result once; one thread at a time may call it."""

    def __init__(self, feed: ResultFeed) -> None:
        self._feed = feed
        self._position: str | None = None
        self._newest: dict[tuple[str, str], InferenceResult] = {}
        self._stats = LatencyStats()
        self._counts = [0] * (len(LATENCY_BOUNDS_SECONDS) + 1)
        self._sum_seconds = 0.0

    def read(self) -> LatestResults:
        """Take in what is new and return how things stand.

        Raises:
            BrokerUnavailable: the bus does not answer.
        """
        if self._position is None:
            position = self._feed.newest_id()
            for result in reversed(self._feed.recent(NUM_FIRST_RESULTS)):
                self._take(result)
            self._position = position
        while news := self._feed.read(self._position, count=NUM_READ_TOGETHER, block_seconds=0):
            for _, result in news:
                self._take(result)
            self._position = news[-1][0]
        by_source: dict[str, tuple[InferenceResult, ...]] = {}
        for (source_id, _), result in sorted(self._newest.items()):
            by_source[source_id] = (*by_source.get(source_id, ()), result)
        histogram = LatencyHistogram(tuple(self._counts), self._sum_seconds)
        return LatestResults(by_source, self._stats.summary(time.time()), histogram)

    def _take(self, result: InferenceResult) -> None:
        known = self._newest.get((result.source_id, result.model))
        if known is not None and (known.epoch, known.clip_index) >= (result.epoch, result.clip_index):
            return
        self._newest[result.source_id, result.model] = result
        self._stats.add(result)
        latency = max(0.0, result.finished_at - result.captured_at)
        self._counts[bisect_left(LATENCY_BOUNDS_SECONDS, latency)] += 1
        self._sum_seconds += latency
