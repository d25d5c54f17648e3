"""/metrics: everything that the product promises, as figures for Prometheus."""

import time
from collections.abc import Iterator, Sequence

from anyio import to_thread
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from app.dashboard.client import DashboardClient
from app.dashboard.routes.endpoint import Endpoint
from app.dashboard.wall.hub import WallHub

Row = tuple[Sequence[str], float]
"""Values of the labels, and the figure."""


def metrics_endpoint(client: DashboardClient, hub: WallHub) -> Endpoint:
    """Return the endpoint that Prometheus scrapes."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_SystemCollector(client, hub))

    async def metrics(_request: Request) -> Response:
        return Response(await to_thread.run_sync(generate_latest, registry), media_type=CONTENT_TYPE_LATEST)

    return Endpoint("GET", "/metrics", "Figures for Prometheus", metrics, media_type="text/plain")


class _SystemCollector(Collector):
    def __init__(self, client: DashboardClient, hub: WallHub) -> None:
        self._client = client
        self._hub = hub

    def describe(self) -> Iterator[Metric]:
        """Say nothing beforehand: registering must not read the bus."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        yield from self._sources(time.time())
        yield from self._clips()
        yield from self._frames()
        yield from self._lateness()
        yield from self._workers(time.time())
        yield from self._alerts(time.time())
        viewers: list[Row] = [((), self._hub.num_viewers)]
        yield _gauge("vigil_wall_viewers", "Viewers of the live wall on this dashboard", (), viewers)
        is_stale: list[Row] = [((), float(self._client.sources.get().is_stale))]
        yield _gauge("vigil_data_stale", "1 while the server of the results does not answer", (), is_stale)

    def _sources(self, now: float) -> Iterator[Metric]:
        statuses = self._client.sources.get().value.values()
        yield _gauge(
            "vigil_source_state",
            "1 for the state that a source is in",
            ("source", "state"),
            [((status.source_id, status.state), 1) for status in statuses],
        )
        yield _gauge(
            "vigil_source_frame_age_seconds",
            "Time since the last frame was captured",
            ("source",),
            [((s.source_id,), now - s.last_frame_at) for s in statuses if s.last_frame_at is not None],
        )
        yield _gauge(
            "vigil_source_frame_rate_hertz",
            "Measured rate of decoded frames",
            ("source",),
            [((status.source_id,), status.frame_rate_hz) for status in statuses],
        )
        yield _counter(
            "vigil_source_reconnects",
            "Reconnects of a source",
            ("source",),
            [((status.source_id,), status.reconnects) for status in statuses],
        )

    def _clips(self) -> Iterator[Metric]:
        accounts = self._client.clip_accounts.get().value
        names = ("source", "model")
        for field, meaning in (
            ("produced", "Clips produced"),
            ("scored", "Clips scored"),
            ("dead", "Clips given up after repeated failures"),
        ):
            rows: list[Row] = [((a.source_id, a.model), getattr(a, field)) for a in accounts]
            yield _counter(f"vigil_clips_{field}", meaning, names, rows)
        dropped: list[Row] = [
            ((a.source_id, a.model, reason), number) for a in accounts for reason, number in a.dropped.items()
        ]
        yield _counter("vigil_clips_dropped", "Clips dropped, by reason", (*names, "reason"), dropped)
        in_flight: list[Row] = [((a.source_id, a.model), a.in_flight) for a in accounts]
        yield _gauge("vigil_clips_in_flight", "Clips on the server that have not ended", names, in_flight)
        imbalance: list[Row] = [((a.source_id, a.model), a.imbalance) for a in accounts]
        yield _gauge("vigil_clips_imbalance", "Clips without a fate; anything but 0 is a loss", names, imbalance)

    def _frames(self) -> Iterator[Metric]:
        accounts = self._client.frame_accounts.get().value
        decoded: list[Row] = [((a.source_id,), a.decoded) for a in accounts]
        yield _counter("vigil_frames_decoded", "Frames decoded", ("source",), decoded)
        published: list[Row] = [((a.source_id,), a.published) for a in accounts]
        yield _counter("vigil_frames_published", "Frames handed over", ("source",), published)
        dropped: list[Row] = [((a.source_id, reason), n) for a in accounts for reason, n in a.dropped.items()]
        yield _counter("vigil_frames_dropped", "Frames not handed over, by reason", ("source", "reason"), dropped)

    def _lateness(self) -> Iterator[Metric]:
        results = self._client.results.get().value
        latency, histogram = results.latency, results.histogram
        rows: list[Row] = []
        if latency is not None:
            rows = [
                (("0.5",), latency.p50_seconds),
                (("0.95",), latency.p95_seconds),
                (("0.99",), latency.p99_seconds),
            ]
        meaning = "Time from the capture of a clip's last frame to its result"
        yield _gauge("vigil_recent_capture_to_result_seconds", f"{meaning}, last minute", ("quantile",), rows)
        yield HistogramMetricFamily(
            "vigil_capture_to_result_seconds", meaning, buckets=histogram.cumulative(), sum_value=histogram.sum_seconds
        )
        ages: list[Row] = [((a.source_id, a.model), a.oldest_seconds) for a in self._client.queue_ages.get().value]
        yield _gauge("vigil_queue_age_seconds", "Age of the oldest clip in flight", ("source", "model"), ages)

    def _workers(self, now: float) -> Iterator[Metric]:
        workers = self._client.workers.get().value.values()
        count: list[Row] = [((), len(workers))]
        yield _gauge("vigil_workers", "Workers on the board", (), count)
        ages: list[Row] = [((worker.worker_id,), now - worker.reported_at) for worker in workers]
        yield _gauge("vigil_worker_report_age_seconds", "Time since a worker last reported", ("worker",), ages)
        scored: list[Row] = [((worker.worker_id,), worker.clips_scored) for worker in workers]
        yield _counter("vigil_worker_clips_scored", "Clips scored by a worker", ("worker",), scored)
        milliseconds: list[Row] = [((worker.worker_id,), worker.predict_ms / 1000) for worker in workers]
        yield _gauge("vigil_worker_predict_seconds", "Mean time of a clip on the device", ("worker",), milliseconds)
        fill: list[Row] = [((worker.worker_id,), worker.batch_fill) for worker in workers]
        yield _gauge("vigil_worker_batch_fill_ratio", "Mean share of the largest batch in use", ("worker",), fill)

    def _alerts(self, now: float) -> Iterator[Metric]:
        counts: dict[tuple[str, ...], int] = {}
        for alert in self._client.alerts.get().value:
            key = (alert.state, alert.severity, alert.alert_class)
            counts[key] = counts.get(key, 0) + 1
        yield _gauge("vigil_alerts", "Alerts as they are now", ("state", "severity", "class"), list(counts.items()))
        watcher = self._client.watcher.get().value
        ages: list[Row] = [] if watcher is None else [((), now - watcher.reported_at)]
        yield _gauge("vigil_watcher_report_age_seconds", "Time since the watcher last reported", (), ages)
        owed: list[Row] = [] if watcher is None else [((), watcher.num_owed)]
        yield _gauge("vigil_deliveries_owed", "Messages to receivers that are not delivered yet", (), owed)


def _gauge(name: str, meaning: str, labels: Sequence[str], rows: Sequence[Row]) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=labels)
    for values, figure in rows:
        family.add_metric(values, figure)
    return family


def _counter(name: str, meaning: str, labels: Sequence[str], rows: Sequence[Row]) -> Metric:
    family = CounterMetricFamily(name, meaning, labels=labels)
    for values, figure in rows:
        family.add_metric(values, figure)
    return family
