"""Files of records: JSON lines and CSV."""

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from models.predictor import ModelCard
from stream.batch.records import Record, table_columns, table_row


class RecordWriter(Protocol):
    """A file that takes records one after another."""

    def write(self, record: Record) -> None: ...

    def close(self) -> None: ...


class JsonLinesWriter:
    """One JSON object a line."""

    def __init__(self, path: Path, cards: Sequence[ModelCard]) -> None:
        self._file = path.open("w", encoding="utf-8")

    def write(self, record: Record) -> None:
        self._file.write(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n")

    def close(self) -> None:
        self._file.close()


class CsvWriter:
    """One row a record, as `table_columns` names the columns."""

    def __init__(self, path: Path, cards: Sequence[ModelCard]) -> None:
        self._file = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.DictWriter(self._file, table_columns(cards), restval="", extrasaction="ignore")
        self._writer.writeheader()

    def write(self, record: Record) -> None:
        self._writer.writerow(table_row(record))

    def close(self) -> None:
        self._file.close()


WRITERS: dict[str, Callable[[Path, Sequence[ModelCard]], RecordWriter]] = {
    "jsonl": JsonLinesWriter,
    "csv": CsvWriter,
}
"""Formats by name, which is also the file's extension."""
