"""Timed segments in one table: `file,split,label,start_s,end_s`, with `clips.csv` beside it for what else is known."""

from collections.abc import Mapping
from pathlib import Path

from models.datasets.labelled_video import LabelledSpan, LabelledVideo, part_named
from models.datasets.problems import Problems
from models.datasets.spans import complain_of_span, in_order
from models.datasets.table import Row, read_table

CLIPS = "clips.csv"
GROUPS = ("subject", "camera", "light", "kind")


def read_segments(videos: Path, annotations: Path | None = None) -> list[LabelledVideo]:
    """Return the videos of a table of segments.

    Args:
        videos: their folder.
        annotations: the table; None: segments.csv in that folder. The table clips.csv beside it, if there is one,
            names videos without any segment too, and their subject, camera, light and kind.

    Raises:
        ValueError: a video is missing, or a segment has no label, no length, or overlaps another of its label.
    """
    table = annotations or videos / "segments.csv"
    rows = read_table(table, required=("file", "label", "start_s", "end_s"))
    clips_table = table.parent / CLIPS
    clips = {row["file"]: row for row in read_table(clips_table, required=("file",))} if clips_table.exists() else {}
    problems = Problems()
    spans: dict[str, list[LabelledSpan]] = {name: [] for name in clips}
    first_row: dict[str, Row] = dict(clips)
    for row in rows:
        first_row.setdefault(row["file"], row)
        if span := _read_span(row, problems):
            spans.setdefault(row["file"], []).append(span)
    found = [_video(videos, name, spans.get(name, []), row, clips, problems) for name, row in first_row.items()]
    problems.raise_if_any()
    return found


def _read_span(row: Row, problems: Problems) -> LabelledSpan | None:
    start, end = row.number("start_s", problems), row.number("end_s", problems)
    if start is None or end is None:
        return None
    span = LabelledSpan(row["label"], start, end, row.place)
    return None if complain_of_span(span, problems) else span


def _video(
    videos: Path, name: str, spans: list[LabelledSpan], row: Row, clips: Mapping[str, Row], problems: Problems
) -> LabelledVideo:
    path = videos / name
    if not path.is_file():
        problems.add(row.place, f"the video {path} is missing")
    known = clips.get(name, row)
    return LabelledVideo(
        name=name,
        path=path,
        origin=row.place,
        part=part_named(row["split"]),
        spans=in_order(spans, problems),
        groups={group: known[group] for group in GROUPS if known[group]},
    )
