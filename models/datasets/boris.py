"""Behaviour coding exported from BORIS as CSV or TSV: aggregated events, or tabular events with START and STOP.

Source: Friard & Gamba, BORIS: a free, versatile open-source event-logging software for video/audio coding and live
observations, Methods Ecol Evol 2016;7:1325-1330; user guide, "Export events" (www.boris.unito.it).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from models.datasets.finding import find_video
from models.datasets.labelled_video import LabelledSpan, LabelledVideo
from models.datasets.problems import Problems
from models.datasets.spans import complain_of_span, in_order
from models.datasets.table import Row, read_table

POINT_SECONDS = 1.0
"""A behaviour that was coded as a point in time becomes a span of this length around it."""
_MEDIA_COLUMNS = ("Media file name", "Media file", "Media file path", "Observation id")
_SUBJECT, _BEHAVIOR, _TYPE = "Subject", "Behavior", "Behavior type"


def read_boris(videos: Path, annotations: Path | None) -> list[LabelledVideo]:
    """Return the videos of an export, or of all exports in a folder.

    A subject that is coded ("Subject", unless it says "No focal subject") becomes the group `subject`.

    Args:
        videos: folder of the videos; of their paths in the export only the last part counts.
        annotations: the export, or a folder of exports (.csv, .tsv).

    Raises:
        ValueError: a video is missing, a START has no STOP, or a label overlaps itself; one line each.
    """
    if annotations is None:
        raise ValueError("a data set coded in BORIS needs data.annotations: the exported events")
    exports = sorted(annotations.glob("*.[ct]sv")) if annotations.is_dir() else [annotations]
    if not exports:
        raise ValueError(f"{annotations}: exports of BORIS (.csv or .tsv) are required, found none")
    problems = Problems()
    rows: dict[str, list[Row]] = defaultdict(list)
    for export in exports:
        for row in read_table(export, required=(_BEHAVIOR,)):
            rows[_media_of(row)].append(row)
    found = [_read_video(videos, name, members, problems) for name, members in rows.items()]
    problems.raise_if_any()
    return [video for video in found if video]


def _media_of(row: Row) -> str:
    """Return the video's name; of several media of one observation the first, as BORIS plays them."""
    text = next((row[column] for column in _MEDIA_COLUMNS if row[column]), "")
    return text.split(";")[0].strip()


def _read_video(videos: Path, name: str, rows: Sequence[Row], problems: Problems) -> LabelledVideo | None:
    path = find_video(videos, name)
    if path is None:
        problems.add(rows[0].place, f"the video {name!r} is missing in {videos}")
        return None
    is_aggregated = "Start (s)" in rows[0].values
    spans = list(_aggregated(rows, problems) if is_aggregated else _paired(rows, problems))
    sound = [span for span in spans if not complain_of_span(span, problems)]
    subjects = {row[_SUBJECT] for row in rows} - {"", "No focal subject"}
    groups = {"subject": subjects.pop()} if len(subjects) == 1 else {}
    return LabelledVideo(path.name, path, rows[0].place, spans=in_order(sound, problems), groups=groups)


def _aggregated(rows: Sequence[Row], problems: Problems) -> Iterator[LabelledSpan]:
    for row in rows:
        start = row.number("Start (s)", problems)
        end = start if row[_TYPE].upper() == "POINT" else row.number("Stop (s)", problems)
        if start is not None and end is not None:
            yield _span(row[_BEHAVIOR], start, end, row.place)


def _paired(rows: Sequence[Row], problems: Problems) -> Iterator[LabelledSpan]:
    """Join the START and STOP of each subject's behaviour."""
    open_rows: dict[tuple[str, str], tuple[float, Row]] = {}
    for row in rows:
        seconds, what = row.number("Time", problems), row[_TYPE].upper()
        key = (row[_SUBJECT], row[_BEHAVIOR])
        if seconds is None:
            continue
        if what == "POINT":
            yield _span(row[_BEHAVIOR], seconds, seconds, row.place)
        elif what == "START" and key not in open_rows:
            open_rows[key] = (seconds, row)
        elif what == "STOP" and key in open_rows:
            yield _span(row[_BEHAVIOR], open_rows.pop(key)[0], seconds, row.place)
        else:
            problems.add(row.place, f"{row[_BEHAVIOR]}: START, STOP and POINT must alternate, got {row[_TYPE]!r}")
    for _, row in open_rows.values():
        problems.add(row.place, f"{row[_BEHAVIOR]}: this START has no STOP")


def _span(label: str, start: float, end: float, origin: str) -> LabelledSpan:
    if start == end:
        start, end = max(start - POINT_SECONDS / 2, 0.0), start + POINT_SECONDS / 2
    return LabelledSpan(label, start, end, origin)
