"""A report in its parts, whatever it is written as."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from models.evaluation.measures import Measured

Cell = str | Measured


@dataclass(frozen=True)
class Table:
    """Rows below a heading; the first column names the row."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""


@dataclass(frozen=True)
class Figure:
    """A plot with what it shows."""

    name: str
    """Of its file, unique within the section."""
    caption: str
    svg: str
    is_wide: bool = False


@dataclass(frozen=True)
class Section:
    """One question and its answer."""

    name: str
    title: str
    text: str
    headline: tuple[Measured, ...] = ()
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()
    values: dict[str, Any] = field(default_factory=dict)
    """What the JSON report says of it."""


@dataclass(frozen=True)
class Document:
    """A whole report."""

    title: str
    note: str
    facts: tuple[tuple[str, str], ...]
    """What was evaluated: name and value."""
    warnings: tuple[str, ...]
    """What the reader must know before trusting the numbers."""
    sections: tuple[Section, ...]
    footer: str

    def to_json(self) -> dict[str, Any]:
        """Return all numbers as plain JSON values."""
        return {
            "title": self.title,
            "note": self.note,
            "facts": dict(self.facts),
            "warnings": list(self.warnings),
            **{section.name: section.values for section in self.sections},
        }


def number_text(value: float, unit: str = "") -> str:
    """Write a number with three significant places, or a dash where there is none."""
    if not np.isfinite(value):
        return "–" if np.isnan(value) else "∞"
    digits = 3 if abs(value) < 10 else 1 if abs(value) < 1000 else 0
    return f"{value:.{digits}f}" + (f" {unit}" if unit else "")


def interval_text(measured: Measured) -> str:
    """Write the interval of a measure."""
    interval = measured.interval
    if np.isnan(interval.value):
        return "nothing to count"
    if np.isnan(interval.low):
        return "no interval from one"
    return f"{number_text(interval.low)} to {number_text(interval.high)}"


def exact_text(measured: Measured) -> str:
    """Write the exact interval of a measure, or nothing."""
    if measured.exact is None or np.isnan(measured.exact.value):
        return ""
    return f"{number_text(measured.exact.low)} to {number_text(measured.exact.high)}"


def measures_table(measured: Sequence[Measured], title: str = "") -> Table:
    """Return a table with a row a measure; the exact interval has a column where any has one."""
    has_exact = any(exact_text(one) for one in measured)
    columns = ("measure", "value", "interval", *(("exact interval",) if has_exact else ()))
    rows = [
        (
            one.title,
            number_text(one.interval.value, one.unit),
            interval_text(one),
            *((exact_text(one),) if has_exact else ()),
        )
        for one in measured
        if not np.isnan(one.interval.value)
    ]
    return Table(columns, tuple(rows), title)
