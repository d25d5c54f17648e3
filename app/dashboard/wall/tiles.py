"""What a tile of the live wall says about its source."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from models.results import Classification, Detections, Measurement, Motion, Result, Segmentation, result_from_json
from stream.messages import SEVERITIES, Alert, InferenceResult, Severity, SourceStatus

SILENT_AFTER_SECONDS = 3.5
"""A status is reported every second; one older than this means that nobody looks after the source."""
QUIET_LABELS = ("none", "background")
OPEN_STATES = ("active", "latched")
"""Alerts in these states want somebody's eyes."""


@dataclass(frozen=True)
class Reading:
    """What one model last said of a source."""

    model: str
    label: str
    text: str
    """The label with its score, or the measurement with its unit, as shown."""
    score: float | None
    captured_at: float
    is_quiet: bool = False
    """Whether it says that nothing is going on."""


@dataclass(frozen=True)
class Tile:
    """Everything the wall shows of a source beside the picture itself."""

    source_id: str
    state: str
    """The source's state, or "silent" when its ingester no longer reports."""
    reason: str
    last_frame_at: float | None
    changed_at: float
    hints: tuple[str, ...] = ()
    """What is wrong with the picture of a live source: dark, frozen."""
    readings: tuple[Reading, ...] = ()
    """Classifications first: the first is the headline."""
    severity: Severity | None = None
    """Severity of the worst alert that nobody acknowledged."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def make_tiles(
    statuses: Mapping[str, SourceStatus],
    results: Mapping[str, Sequence[InferenceResult]],
    alerts: Iterable[Alert],
    *,
    now: float,
    is_stale: bool = False,
) -> tuple[Tile, ...]:
    """Return a tile for every source, in the order of their names.

    Args:
        statuses: the last report of every source.
        results: the newest result of each model, by source.
        alerts: alerts as they are now.
        now: wall time.
        is_stale: whether all of this could not be read just now.
    """
    worst = _worst_severities(alerts)
    silence = "the server of the results does not answer" if is_stale else "its ingester no longer reports"
    return tuple(
        _tile(status, results.get(source_id, ()), worst.get(source_id), now=now, silence=silence)
        for source_id, status in sorted(statuses.items())
    )


def read_result(result: Result) -> tuple[str, str, float | None]:
    """Return a result as label, text for a person, and score when it has one."""
    match result:
        case Classification():
            label, score = result.top
            if label in QUIET_LABELS:
                return label, "no activity", score
            return label, f"{label.replace('_', ' ')}  {score:.0%}", score
        case Detections():
            return f"{len(result.boxes)} found", f"{len(result.boxes)} found", None
        case Measurement():
            return result.name, f"{result.name} {result.value:.1f} {result.unit}", None
        case Motion():
            return "motion", f"motion {result.mean_speed:.0f} px/s, {result.moving_fraction:.0%} of the picture", None
        case Segmentation():
            extents = zip(result.labels, result.extents, strict=True)
            return "segmentation", ", ".join(f"{label} {extent:.1f} {result.unit}" for label, extent in extents), None


def _tile(
    status: SourceStatus, results: Sequence[InferenceResult], severity: Severity | None, *, now: float, silence: str
) -> Tile:
    is_silent = now - status.reported_at > SILENT_AFTER_SECONDS and status.state not in ("ended", "refused")
    readings = sorted(map(_reading, results), key=lambda reading: (reading.score is None, reading.model))
    heard = {reading.model for reading in readings}
    readings += [_awaited(model, status.changed_at) for model in sorted(status.clip_seconds) if model not in heard]
    return Tile(
        source_id=status.source_id,
        state="silent" if is_silent else status.state,
        reason=silence if is_silent else status.reason,
        last_frame_at=status.last_frame_at,
        changed_at=status.reported_at if is_silent else status.changed_at,
        hints=status.hints,
        readings=tuple(readings),
        severity=severity,
    )


def _reading(result: InferenceResult) -> Reading:
    label, text, score = read_result(result_from_json(result.result))
    return Reading(result.model, label, text, score, result.captured_at, is_quiet=label in QUIET_LABELS)


def _awaited(model: str, since: float) -> Reading:
    """Return what stands for a model that has said nothing yet: once it is old, the page says "not analysed"."""
    return Reading(model, "", "", None, since, is_quiet=True)


def _worst_severities(alerts: Iterable[Alert]) -> dict[str, Severity]:
    worst: dict[str, Severity] = {}
    for alert in alerts:
        if alert.state not in OPEN_STATES:
            continue
        known = worst.get(alert.source_id, "info")
        worst[alert.source_id] = max(known, alert.severity, key=SEVERITIES.index)
    return worst
