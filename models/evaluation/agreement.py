"""How far two observers agree on what happens in a video, beyond what chance would give."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.evaluation.events import Span

Weighting = Literal["none", "linear", "quadratic"]
NOTHING = "none"
"""What an observer says of a time of which he said nothing."""

_DISTANCES: dict[Weighting, Callable[[np.ndarray, float], np.ndarray]] = {
    "none": lambda steps, _: (steps > 0).astype(float),
    "linear": lambda steps, widest: steps / widest,
    "quadratic": lambda steps, widest: (steps / widest) ** 2,
}


@dataclass(frozen=True, eq=False)
class Agreement:
    """What came out when two observers coded the same units."""

    labels: tuple[str, ...]
    table: np.ndarray
    """How often the first said the row's label and the second the column's, int64, (L, L)."""
    kappa: float
    """1: they agree always; 0: as often as by chance; not a number when both said one and the same label only."""
    observed: float
    """Share of the units on which they agree."""
    expected: float
    """Share on which they would agree by chance."""


def cohens_kappa(first: Sequence[str], second: Sequence[str], *, weighting: Weighting = "none") -> Agreement:
    """Return Cohen's kappa of two observers who each gave every unit one label.

    Args:
        first: what the first observer said of each unit.
        second: what the second said of the same units, in the same order.
        weighting: how wrong it is to be several labels apart, for labels with an order, which then is that of their
            names; "none": any difference is as wrong as another.

    Raises:
        ValueError: they did not code the same number of units, or none.

    Source: Cohen, A coefficient of agreement for nominal scales, Educ Psychol Meas 1960;20:37-46,
    doi:10.1177/001316446002000104; weights: Cohen, Psychol Bull 1968;70:213-220.
    """
    if len(first) != len(second) or not first:
        raise ValueError(f"both observers must have coded the same units, got {len(first)} and {len(second)}")
    labels = tuple(sorted({*first, *second}))
    index = {label: place for place, label in enumerate(labels)}
    table = np.zeros((len(labels), len(labels)), np.int64)
    np.add.at(table, ([index[label] for label in first], [index[label] for label in second]), 1)
    return _agreement(labels, table, weighting)


def kappa_of_codings(
    first: Sequence[Span],
    second: Sequence[Span],
    *,
    duration_seconds: float,
    step_seconds: float = 1.0,
) -> Agreement:
    """Return Cohen's kappa of two codings of one video, compared every `step_seconds`.

    A time that several spans of one coding cover counts for the one that began last; a time that none covers is
    "none". The time unit matters: state it beside the number.

    Raises:
        ValueError: the video has no length, or the step is not positive.

    Source: Bakeman & Gottman, Observing Interaction, 2nd ed. 1997, chapter 4 (time-based kappa).
    """
    if duration_seconds <= 0 or step_seconds <= 0:
        raise ValueError(f"duration and step must be positive, got {duration_seconds} s and {step_seconds} s")
    times = (np.arange(max(1, round(duration_seconds / step_seconds))) + 0.5) * step_seconds
    return cohens_kappa([_label_at(first, time) for time in times], [_label_at(second, time) for time in times])


def _agreement(labels: tuple[str, ...], table: np.ndarray, weighting: Weighting) -> Agreement:
    shares = table / table.sum()
    by_chance = np.outer(shares.sum(1), shares.sum(0))
    places = np.arange(len(labels))
    distances = _DISTANCES[weighting](np.abs(places[:, None] - places[None]), max(len(labels) - 1, 1))
    chance_distance = float((distances * by_chance).sum())
    kappa = 1 - float((distances * shares).sum()) / chance_distance if chance_distance else float("nan")
    return Agreement(labels, table, kappa, float(np.trace(shares)), float(np.trace(by_chance)))


def _label_at(spans: Sequence[Span], seconds: float) -> str:
    covering = [span for span in spans if span.covers(seconds)]
    return max(covering, key=lambda span: span.start_seconds).label if covering else NOTHING
