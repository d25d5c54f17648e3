import pytest

from stream.messages import InferenceResult
from stream.queue.latency import LatencyStats


def finished(captured_at: float, finished_at: float) -> InferenceResult:
    return InferenceResult("cam", "m", 1, 0, {}, 0.0, 1.0, captured_at, captured_at, finished_at, "w1")


def test_percentiles_speak_of_the_window_only() -> None:
    stats = LatencyStats(window_seconds=60.0)
    assert stats.summary(now=0.0) is None
    stats.add(finished(0.0, 50.0))
    for index in range(100):
        stats.add(finished(100.0 + index / 10 - index / 100, 100.0 + index / 10))
    summary = stats.summary(now=115.0)
    assert summary is not None
    assert summary.num_clips == 100
    assert (summary.p50_seconds, summary.p95_seconds, summary.p99_seconds) == pytest.approx((0.495, 0.9405, 0.9801))
    assert stats.summary(now=1000.0) is None


def test_clocks_that_disagree_make_no_negative_latency() -> None:
    stats = LatencyStats()
    stats.add(finished(10.0, 9.0))
    summary = stats.summary(now=10.0)
    assert summary is not None
    assert summary.p99_seconds == 0.0
