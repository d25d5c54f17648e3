"""Reads the tables of data sets: CSV, TSV or semicolons, each row knowing its line."""

import csv
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from models.datasets.problems import Problems

_SEPARATORS = "\t,;"


@dataclass(frozen=True)
class Row:
    """One line of a table."""

    place: str
    """File and line, such as annotations.csv:17."""
    values: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values.get(column, "").strip()

    def number(self, column: str, problems: Problems) -> float | None:
        """Return a finite number; None, and a complaint, where there is none."""
        try:
            number = float(self[column])
        except ValueError:
            number = math.nan
        if math.isfinite(number):
            return number
        problems.add(self.place, f"{column} must be a number, got {self[column]!r}")
        return None


def read_table(path: Path, *, required: Iterable[str] = ()) -> list[Row]:
    """Return the rows of a table with a heading; empty lines are left out.

    The separator is the one that the heading holds most often. Columns keep their names, without blanks around them.

    Raises:
        ValueError: the file cannot be read as text, is empty, or lacks a required column.
    """
    lines = read_lines(path)
    if not lines:
        raise ValueError(f"{path}: a table with a heading is required, the file is empty")
    separator = max(_SEPARATORS, key=lines[0].count)
    rows = list(_split(lines, separator))
    heading = [name.strip() for name in rows[0][1]]
    missing = [column for column in required if column not in heading]
    if missing:
        raise ValueError(f"{path}:1: the heading must have {', '.join(missing)}; it has {', '.join(heading)}")
    return [
        Row(f"{path}:{line}", dict(zip(heading, cells, strict=False)))
        for line, cells in rows[1:]
        if any(cell.strip() for cell in cells)
    ]


def read_lines(path: Path) -> list[str]:
    """Return the lines of a text file, without the mark that some programs put at its start.

    Raises:
        ValueError: the file cannot be read, or is no text.
    """
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: must be a text file in UTF-8: {error}") from error


def _split(lines: list[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(lines, delimiter=separator)
    for cells in reader:
        yield reader.line_num, cells
