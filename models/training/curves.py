"""The curves of a run as CSV: one row a step, and one a validation; a resumed run goes on where it was."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

_STEP = "step"


class CurveTable:
    """A CSV file whose rows have rising steps and are on disk at once."""

    def __init__(self, path: Path, columns: Sequence[str], *, first_step: int) -> None:
        """Open the file; rows of `first_step` and later, which a killed run left, are cut off."""
        kept = [row for row in read_curves(path) if row[_STEP] < first_step] if first_step else []
        self._columns = (_STEP, *columns)
        self._file: TextIO = path.open("w", buffering=1, newline="", encoding="utf-8")
        self._table = csv.writer(self._file)
        self._table.writerow(self._columns)
        for row in kept:
            self._write(int(row[_STEP]), [row[name] for name in columns])

    def add(self, step: int, *values: float) -> None:
        """Write a row."""
        self._write(step, values)

    def close(self) -> None:
        self._file.close()

    def _write(self, step: int, values: Sequence[float]) -> None:
        self._table.writerow((step, *(f"{value:.6g}" for value in values)))


def read_curves(path: Path) -> list[dict[str, float]]:
    """Return the rows of a file of curves; a missing file has none, a row cut off by a kill is left out."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        return [numbers for row in reader if (numbers := _numbers(row))]


def _numbers(row: dict[str, str | None]) -> dict[str, float]:
    try:
        return {name: float(value or "") for name, value in row.items() if name}
    except ValueError:
        return {}
