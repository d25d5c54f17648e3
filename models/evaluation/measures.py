"""Named numbers that say how good a model is, each computed from the outcomes of many videos."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from models.evaluation.bootstrap import Interval, bootstrap

Outcome = TypeVar("Outcome")
MAX_SLOW_RESAMPLES = 200
Better = Literal["higher", "lower", "neither"]


@dataclass(frozen=True)
class Measure(Generic[Outcome]):
    """One number and how to get it."""

    name: str
    """Key in the report's JSON, such as event_f1."""
    title: str
    of: Callable[[Sequence[Outcome]], float]
    """Computes it from the outcomes of some videos; not a number where it means nothing."""
    unit: str = ""
    better: Better = "higher"
    is_headline: bool = False
    """Belongs at the top of the report and into the breakdown by camera and subject."""
    exact: Callable[[Sequence[Outcome]], Interval] | None = None
    """An exact interval beside the bootstrap's, where there is one."""
    is_slow: bool = False
    """Sorts every sample again at each draw; fewer draws must do."""


@dataclass(frozen=True)
class Measured:
    """A measure with its value and intervals; of a single video (or subject) the bootstrap's is not a number."""

    name: str
    title: str
    interval: Interval
    unit: str = ""
    better: Better = "higher"
    is_headline: bool = False
    exact: Interval | None = None

    def to_json(self) -> dict[str, Any]:
        """Return value and intervals as plain JSON values."""
        exact = {"exact": self.exact.rounded()} if self.exact else {}
        return {**self.interval.rounded(), "unit": self.unit, **exact}


@dataclass(frozen=True)
class Resampling:
    """How intervals are made."""

    num_resamples: int = 1000
    confidence: float = 0.95
    seed: int = 0


def measure_all(
    measures: Iterable[Measure[Outcome]],
    outcomes: Sequence[Outcome],
    clusters: Sequence[Hashable],
    resampling: Resampling,
) -> list[Measured]:
    """Compute measures with their intervals.

    Args:
        measures: what to compute.
        outcomes: one a video.
        clusters: what each outcome belongs to: outcomes of one cluster (a subject, say) are drawn together.
        resampling: how often to draw, and for which confidence.

    Raises:
        ValueError: there are no outcomes.
    """
    members: dict[Hashable, list[Outcome]] = {}
    for outcome, cluster in zip(outcomes, clusters, strict=True):
        members.setdefault(cluster, []).append(outcome)
    units = list(members.values())
    return [_measure(measure, outcomes, units, resampling) for measure in measures]


def by_name(measured: Iterable[Measured]) -> Mapping[str, Measured]:
    """Return measured numbers by their names."""
    return {one.name: one for one in measured}


def _measure(
    measure: Measure[Outcome], outcomes: Sequence[Outcome], units: Sequence[list[Outcome]], resampling: Resampling
) -> Measured:
    if len(units) < 2:  # what is drawn from one unit is always that unit
        value = measure.of(outcomes)
        return _measured(measure, outcomes, Interval(value, float("nan"), float("nan")))
    interval = bootstrap(
        units,
        lambda some: measure.of([outcome for unit in some for outcome in unit]),
        num_resamples=min(
            resampling.num_resamples, MAX_SLOW_RESAMPLES if measure.is_slow else resampling.num_resamples
        ),
        confidence=resampling.confidence,
        seed=resampling.seed,
    )
    return _measured(measure, outcomes, interval)


def _measured(measure: Measure[Outcome], outcomes: Sequence[Outcome], interval: Interval) -> Measured:
    return Measured(
        measure.name,
        measure.title,
        interval,
        measure.unit,
        measure.better,
        measure.is_headline,
        measure.exact(outcomes) if measure.exact else None,
    )
