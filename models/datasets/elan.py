"""Behaviour coding exported from ELAN: tab-delimited text or CSV, a file a video.

Source: ELAN (Max Planck Institute for Psycholinguistics, archive.mpi.nl/tla/elan), File > Export As > Tab-delimited
Text: with or without column headers, a row an annotation or a column a tier, times as hh:mm:ss.ms, ss.msec or msec.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from models.datasets.finding import find_video
from models.datasets.labelled_video import LabelledSpan, LabelledVideo
from models.datasets.problems import Problems
from models.datasets.spans import complain_of_span, in_order
from models.datasets.table import read_lines

_SUFFIXES = frozenset({".csv", ".txt", ".tsv"})
_VALUE_COLUMNS = ("annotation", "annotation value", "value")
_OTHER_COLUMNS = ("tier", "participant", "annotator", "file", "file path", "duration", "begin time", "end time")
_CLOCK, _SECONDS, _MILLISECONDS = "clock", "seconds", "milliseconds"
_KINDS = (
    (_CLOCK, re.compile(r"\d+:\d\d:\d\d([.,]\d+)?")),
    (_SECONDS, re.compile(r"\d+[.]\d+")),
    (_MILLISECONDS, re.compile(r"\d+")),
)


def read_elan(videos: Path, annotations: Path | None) -> list[LabelledVideo]:
    """Return the videos for which there is an ELAN export of the same name, `<video>.csv`, .txt or .tsv.

    The label of a span is its annotation's text, or the tier's name where the text is empty.

    Args:
        videos: folder of the videos.
        annotations: folder of the exports, or one of them; None: beside the videos.

    Raises:
        ValueError: an export has no video, a row no times, or a label overlaps itself; one line each.
    """
    place = annotations or videos
    if place.is_dir():
        exports = sorted(path for path in place.iterdir() if path.suffix.lower() in _SUFFIXES)
    else:
        exports = [place]
    if not exports:
        raise ValueError(f"{place}: exports of ELAN (.csv, .txt or .tsv) are required, found none")
    problems = Problems()
    found = [_read_export(export, videos, problems) for export in exports]
    problems.raise_if_any()
    return [video for video in found if video]


def _read_export(export: Path, videos: Path, problems: Problems) -> LabelledVideo | None:
    path = find_video(videos, export.stem)
    if path is None:
        problems.add(export, f"a video called {export.stem} is required in {videos}, found none")
        return None
    spans = [span for span in _spans(export, problems) if not complain_of_span(span, problems)]
    return LabelledVideo(path.name, path, str(export), spans=in_order(spans, problems))


def _spans(export: Path, problems: Problems) -> Iterator[LabelledSpan]:
    rows = _rows(export)
    if not rows:
        problems.add(export, "at least one annotation is required, the file is empty")
        return
    first_line, heading = rows[0]
    names = [cell.strip().lower() for cell in heading]
    if not any(name.startswith("begin time") for name in names):
        for line, cells in rows:
            yield from _bare_span(f"{export}:{line}", cells, problems)
        return
    if not any(name.startswith("end time") for name in names):
        problems.add(f"{export}:{first_line}", "the heading must have End Time beside Begin Time")
        return
    for line, cells in rows[1:]:
        yield from _named_spans(f"{export}:{line}", dict(zip(names, cells, strict=False)), heading, problems)


def _rows(export: Path) -> list[tuple[int, list[str]]]:
    """Return line numbers and cells, without empty lines and the remarks that start with #."""
    lines = read_lines(export)
    content = "\n".join(lines)
    separator = "\t" if "\t" in content else max(",;", key=content.count)
    reader = csv.reader(lines, delimiter=separator)
    return [
        (reader.line_num, cells)
        for cells in reader
        if any(cell.strip() for cell in cells) and not cells[0].lstrip().startswith(("#", '"#'))
    ]


def _named_spans(
    origin: str, row: Mapping[str, str], heading: Sequence[str], problems: Problems
) -> Iterator[LabelledSpan]:
    start, end = _time_of(row, "begin time"), _time_of(row, "end time")
    if start is None or end is None:
        problems.add(origin, "Begin Time and End Time must be times, such as 00:01:02.500, 62.5 or 62500")
        return
    texts = [row[column].strip() for column in _VALUE_COLUMNS if column in row]
    if texts:
        yield LabelledSpan(texts[0] or row.get("tier", "").strip(), start, end, origin)
        return
    for name in heading:  # a column a tier
        text = row.get(name.strip().lower(), "").strip()
        if text and not name.strip().lower().startswith(_OTHER_COLUMNS):
            yield LabelledSpan(text, start, end, origin)


def _time_of(row: Mapping[str, str], what: str) -> float | None:
    """Return a time in seconds from whichever of its columns is there."""
    for column, text in row.items():
        if column.startswith(what) and text.strip():
            kind = _MILLISECONDS if column.endswith("- msec") else _kind_of(text)
            return _seconds(text, _SECONDS if kind == _MILLISECONDS and column.endswith("ss.msec") else kind)
    return None


def _bare_span(origin: str, cells: Sequence[str], problems: Problems) -> Iterator[LabelledSpan]:
    """Read a row without heading: tier, participant, begin in one or more forms, end, duration, text."""
    kinds = [(kind, cell) for cell in cells[1:] if (kind := _kind_of(cell))]
    repeats = [index for index, (kind, _) in enumerate(kinds) if index and kind == kinds[0][0]]
    if not repeats:
        problems.add(origin, "an annotation must have a begin and an end time; export it with column headers")
        return
    start, end = _seconds(kinds[0][1], kinds[0][0]), _seconds(kinds[repeats[0]][1], kinds[0][0])
    last_time = max(index for index, cell in enumerate(cells) if index and _kind_of(cell))
    text = next((cell.strip() for cell in cells[last_time + 1 :] if cell.strip()), "")
    if start is not None and end is not None:
        yield LabelledSpan(text or cells[0].strip(), start, end, origin)


def _kind_of(text: str) -> str | None:
    return next((kind for kind, pattern in _KINDS if pattern.fullmatch(text.strip())), None)


def _seconds(text: str, kind: str | None) -> float | None:
    if kind == _CLOCK:
        hours, minutes, seconds = text.strip().replace(",", ".").split(":")
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    if kind is None:
        return None
    return float(text) / (1000 if kind == _MILLISECONDS else 1)
