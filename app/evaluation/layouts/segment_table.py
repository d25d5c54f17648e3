"""Reads `segments.csv`: one row a labelled stretch of a video (file, split, label, start_s, end_s)."""

from pathlib import Path

from app.evaluation.config import TruthConfig
from models.datasets.problems import Problems
from models.datasets.table import Row, read_table
from models.evaluation.cases import TrueSpan, Truth

COLUMNS = ("file", "label", "start_s", "end_s")


def read_segments(config: TruthConfig) -> list[Truth]:
    """Return the truth of every video of the table and of its details, in the order of first mention.

    Raises:
        ValueError: a table cannot be read, or a row is wrong; a line for each.
    """
    if config.annotations is None:
        raise ValueError("truth.annotations must name the table of segments for the layout segments")
    problems = Problems()
    rows = _of_split(read_table(config.annotations, required=COLUMNS), config.split)
    details = {row["file"]: row for row in _details(config)}
    spans: dict[str, list[TrueSpan]] = {name: [] for name in details}
    for row in rows:
        if row["file"] not in spans and not (config.videos / row["file"]).is_file():
            problems.add(row.place, f"{row['file']}: there is no such video in {config.videos}")
        spans.setdefault(row["file"], []).extend(_span(row, problems))
    for name, row in details.items():
        if not (config.videos / name).is_file():
            problems.add(row.place, f"{name}: there is no such video in {config.videos}")
    problems.raise_if_any()
    if not spans:
        raise ValueError(f"{config.annotations}: holds no row" + (f" of split {config.split}" if config.split else ""))
    return [_truth(config.videos / name, spans[name], details.get(name), config, problems) for name in spans]


def _details(config: TruthConfig) -> list[Row]:
    if config.details is None:
        return []
    return _of_split(read_table(config.details, required=("file",)), config.split)


def _truth(video: Path, spans: list[TrueSpan], row: Row | None, config: TruthConfig, problems: Problems) -> Truth:
    return Truth(
        name=video.name,
        location=str(video),
        spans=tuple(sorted(spans, key=lambda span: (span.start_seconds, span.end_seconds, span.label))),
        duration_seconds=row.number("duration_s", problems) if row and row["duration_s"] else None,
        groups={group: row[group] for group in config.groups if row[group]} if row else {},
    )


def _span(row: Row, problems: Problems) -> list[TrueSpan]:
    start, end = row.number("start_s", problems), row.number("end_s", problems)
    if not row["label"]:
        problems.add(row.place, "label must not be empty")
    if start is None or end is None:
        return []
    if not 0 <= start < end:
        problems.add(row.place, f"start_s must come before end_s, got {start:g} and {end:g}")
        return []
    return [TrueSpan(row["label"], start, end)]


def _of_split(rows: list[Row], split: str | None) -> list[Row]:
    return rows if split is None else [row for row in rows if row["split"] == split]
