"""Reads what `vigil analyze` wrote: JSON lines, one record a clip, event or measurement."""

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from models.evaluation.cases import ClipScores, FoundEvent

Record = dict[str, Any]


@dataclass(eq=False)
class Prediction:
    """What one model said of one video."""

    source: str
    model: str
    clips: ClipScores | None = None
    found: tuple[FoundEvent, ...] = ()
    measurements: dict[str, float] = field(default_factory=dict)
    """Mean over the records of one name."""


@dataclass(frozen=True)
class Line:
    """One record and where it stands."""

    path: Path
    number: int
    record: Record

    def wrong(self, reason: str) -> ValueError:
        return ValueError(f"{self.path}:{self.number}: {reason}")


def read_predictions(place: Path, model: str | None = None) -> list[Prediction]:
    """Read one file of JSON lines, or all of a folder.

    Args:
        place: file or folder.
        model: whose records count; None when there is only one.

    Raises:
        ValueError: there is no such file, a line is no record, or records of several models are mixed; names the line.
    """
    files = sorted(place.glob("*.jsonl")) if place.is_dir() else [place]
    if not files:
        raise ValueError(f"{place}: result files of `vigil analyze` (NAME.jsonl) are required, found none")
    by_source: dict[str, list[Line]] = {}
    for line in (line for file in files for line in _lines(file)):
        by_source.setdefault(str(line.record["source"]), []).append(line)
    chosen = _choose_model((line for lines in by_source.values() for line in lines), place, model)
    return [
        _prediction(source, [line for line in lines if line.record["model"] == chosen], chosen)
        for source, lines in by_source.items()
    ]


def _lines(file: Path) -> Iterator[Line]:
    try:
        with file.open(encoding="utf-8") as text:
            for number, content in enumerate(text, start=1):
                if content.strip():
                    yield _line(file, number, content)
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{file} must be a file of JSON lines: {error}") from error


def _line(file: Path, number: int, content: str) -> Line:
    try:
        record = json.loads(content)
    except json.JSONDecodeError as error:
        raise ValueError(f"{file}:{number}: is no JSON: {error}") from error
    missing = [key for key in ("kind", "source", "model") if not isinstance(record, dict) or key not in record]
    if missing:
        raise ValueError(f"{file}:{number}: a record needs {', '.join(missing)}")
    return Line(file, number, record)


def _choose_model(lines: Iterable[Line], place: Path, model: str | None) -> str:
    names = sorted({str(line.record["model"]) for line in lines})
    if not names:
        raise ValueError(f"{place}: holds no record")
    if model is None and len(names) > 1:
        raise ValueError(f"{place}: holds results of {', '.join(names)}; say which with the key model")
    if model is not None and model not in names:
        raise ValueError(f"{place}: holds no result of {model}, but of {', '.join(names)}")
    return model or names[0]


def _prediction(source: str, lines: list[Line], model: str) -> Prediction:
    values: dict[str, list[float]] = {}
    for line in lines:
        if line.record["kind"] == "measurement":
            values.setdefault(str(line.record.get("name")), []).append(_number(line, "value"))
    return Prediction(
        source,
        model,
        _clips([line for line in lines if line.record["kind"] == "classification"]),
        tuple(_event(line) for line in lines if line.record["kind"] == "event"),
        {name: float(np.mean(numbers)) for name, numbers in values.items()},
    )


def _clips(lines: list[Line]) -> ClipScores | None:
    if not lines:
        return None
    labels = tuple(lines[0].record.get("labels") or ())
    rows = [(_number(line, "start_seconds"), _number(line, "end_seconds"), *_scores(line, labels)) for line in lines]
    table = np.array(sorted(rows), np.float64)
    is_multi_label = bool(lines[0].record.get("is_multi_label"))
    return ClipScores(labels, table[:, 0], table[:, 1], table[:, 2:], is_multi_label)


def _scores(line: Line, labels: tuple[str, ...]) -> list[float]:
    found = tuple(line.record.get("labels") or ())
    if found != labels or not labels:
        raise line.wrong(f"every clip of one model must have the same labels; {labels} before, {found} here")
    scores = line.record.get("scores")
    if not isinstance(scores, list) or len(scores) != len(labels):
        raise line.wrong(f"scores must be one for each of the {len(labels)} labels, got {scores!r:.80}")
    if not all(isinstance(score, int | float) and 0 <= score <= 1 for score in scores):
        raise line.wrong(f"scores must be numbers in 0..1, got {scores!r:.80}")
    return scores


def _event(line: Line) -> FoundEvent:
    start, known = _number(line, "start_seconds"), line.record.get("emitted_at_seconds")
    end = start if line.record.get("end_seconds") is None else _number(line, "end_seconds")
    people = line.record.get("people")
    return FoundEvent(
        str(line.record.get("label")),
        start,
        max(start, end),
        None if known is None else _number(line, "emitted_at_seconds"),
        float(line.record.get("score", 1.0)),
        int(people) if isinstance(people, int | float) else None,
    )


def _number(line: Line, key: str) -> float:
    value = line.record.get(key)
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise line.wrong(f"{key} must be a finite number, got {value!r}")
    return float(value)
