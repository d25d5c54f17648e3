"""What the timeline shows of one model: which curves and events, in which colours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.pictures.canvas import Colour
from app.pictures.palette import BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION, rgb
from app.pictures.time_axis import value_marks
from stream.batch.series import Series
from stream.messages import Event

MAX_CURVES = 6
"""Labels drawn for one model; the others are named by their number."""
MAX_POINTS = 500
"""Points of a curve; of a longer one, the highest value of as many neighbours as needed is shown."""

_PALETTE = tuple(map(rgb, (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY)))
_RESTING_COLOUR: Colour = (150, 156, 163)
_RESTING_LABELS = frozenset({"none", "background", "nothing", "adl", "normal"})


@dataclass(frozen=True)
class Panel:
    """What is drawn for one model."""

    series: Series
    columns: tuple[int, ...]
    """Columns of the series that get a curve."""
    colours: Mapping[str, Colour]
    events: tuple[Event, ...]
    lanes: tuple[str, ...]
    """Labels that have events, in the series' order."""
    top_value: float
    marks: tuple[float, ...]

    @classmethod
    def of(cls, series: Series, events: Sequence[Event]) -> "Panel":
        """Choose what to draw of a series and of the events of all models."""
        series = _thinned(series)
        own = tuple(event for event in events if event.model == series.model)
        columns = _most_telling(series)
        found = {event.label for event in own}
        lanes = tuple(label for label in series.names if label in found)
        is_score = series.kind == "classification"
        highest = 1.0 if is_score or not series.values.size else float(series.values[:, columns].max())
        marks = (0.0, 0.5, 1.0) if is_score else tuple(value_marks(max(highest, 1e-3)))
        names = dict.fromkeys([*(series.names[column] for column in columns), *lanes])
        return cls(series, columns, _colours(list(names)), own, lanes, marks[-1], marks)

    def importance(self, column: int) -> tuple[bool, float]:
        """Sort key by which what rests lies below what happens, and low curves below high ones."""
        is_event = self.series.names[column].lower() not in _RESTING_LABELS
        return is_event, float(self.series.values[:, column].max(initial=0))

    @property
    def heading(self) -> str:
        kind = {"classification": "score", "motion": "speed"}.get(self.series.kind, self.series.kind)
        return f"{kind} in {self.series.unit}" if self.series.unit else kind


def _thinned(series: Series) -> Series:
    """Return the series with neighbours taken together until it has few enough points."""
    num_together = -(-len(series.values) // MAX_POINTS)
    if num_together <= 1:
        return series
    firsts = np.arange(0, len(series.values), num_together)
    return replace(
        series,
        start_seconds=series.start_seconds[firsts],
        end_seconds=np.maximum.reduceat(series.end_seconds, firsts),
        values=np.maximum.reduceat(series.values, firsts, axis=0),
    )


def _most_telling(series: Series) -> tuple[int, ...]:
    """Return the columns with the highest peaks, in the series' own order."""
    if not series.values.size:
        return tuple(range(min(len(series.names), MAX_CURVES)))
    peaks = series.values.max(0)
    return tuple(sorted(int(column) for column in np.argsort(-peaks, kind="stable")[:MAX_CURVES]))


def _colours(names: Sequence[str]) -> dict[str, Colour]:
    colours, used = {}, 0
    for name in names:
        if name.lower() in _RESTING_LABELS:
            colours[name] = _RESTING_COLOUR
        else:
            colours[name] = _PALETTE[used % len(_PALETTE)]
            used += 1
    return colours


def end_of(event: Event) -> float:
    """Return the end of an event, or its start while the end is not known."""
    return event.start_seconds if event.end_seconds is None else event.end_seconds
