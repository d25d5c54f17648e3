"""What the models said of one video, as numbers over time: small enough to keep for hours of it."""

from dataclasses import dataclass

import numpy as np

from models.results import Classification, Detections, Measurement, Motion, Result
from stream.batch.prediction import ScoredClip


@dataclass(frozen=True, eq=False)
class Series:
    """The results of one model over one video, in order of time."""

    model: str
    kind: str
    """Kind of the results, as in `models.results`."""
    names: tuple[str, ...]
    """What each column of `values` is: a label, or the name of a measurement."""
    unit: str
    """Unit of the values; empty for scores."""
    start_seconds: np.ndarray
    """Media time of each clip's start, shape (N,)."""
    end_seconds: np.ndarray
    """Media time of each clip's end, shape (N,)."""
    values: np.ndarray
    """float32, shape (N, number of names)."""


class SeriesBuilder:
    """Collects the results of one model, one clip after another."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._kind = ""
        self._names: tuple[str, ...] = ()
        self._unit = ""
        self._times: list[tuple[float, float]] = []
        self._rows: list[np.ndarray] = []

    def add(self, scored: ScoredClip) -> None:
        names, values, unit = _columns(scored.result)
        if not self._rows:
            self._kind, self._names, self._unit = scored.result.kind, names, unit
        self._times.append((scored.start_seconds, scored.end_seconds))
        self._rows.append(np.asarray(values, np.float32))

    def build(self) -> Series:
        times = np.asarray(self._times, np.float64).reshape(-1, 2)
        values = np.stack(self._rows) if self._rows else np.zeros((0, len(self._names)), np.float32)
        return Series(self._model, self._kind, self._names, self._unit, times[:, 0], times[:, 1], values)


def _columns(result: Result) -> tuple[tuple[str, ...], tuple[float, ...], str]:
    """Return names, values and unit of what one result says."""
    if isinstance(result, Classification):
        return result.labels, result.scores, ""
    if isinstance(result, Motion):
        return ("mean speed", "peak speed"), (result.mean_speed, result.peak_speed), "px/s"
    if isinstance(result, Measurement):
        return (result.name,), (result.value,), result.unit
    if isinstance(result, Detections):
        return ("objects",), (float(len(result.boxes)),), ""
    return tuple(result.labels), tuple(result.extents), result.unit
