"""Cholec80: 80 gall bladder operations at 25 frames a second, with the phase and the instruments of their frames.

Source: Twinanda et al., EndoNet: A Deep Architecture for Recognition Tasks on Laparoscopic Videos, IEEE TMI 2017,
arXiv:1602.03012; the data set's own folders and text files (camma.u-strasbg.fr/datasets).
"""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from models.datasets.finding import find_video
from models.datasets.labelled_video import LabelledSpan, LabelledVideo, Part
from models.datasets.problems import Problems
from models.datasets.table import Row, read_table

FRAME_RATE_HZ = 25.0
TOOL_STEP_FRAMES = 25
"""Instruments were annotated once a second."""
_FRAME = "Frame"
_LAST_FOR = {"train": 32, "validation": 40}
"""Of the first 40 operations, which the paper trains on, the last eight choose the weights; the other 40 test."""

SpansOf = Callable[[Sequence[Row]], Iterator[LabelledSpan]]


def read_cholec80(videos: Path, annotations: Path | None = None) -> list[LabelledVideo]:
    """Return the operations, each with its phases as spans.

    Args:
        videos: the data set's folder, with `videos/` and `phase_annotations/`, or the folder of the videos alone.
        annotations: the folder of `videoNN-phase.txt`; None: `phase_annotations` of the data set.

    Raises:
        ValueError: a video or annotation is missing, or a frame's line is wrong; one line each.
    """
    return _read(videos, annotations or videos / "phase_annotations", "phase", _phases)


def read_cholec80_tools(videos: Path, annotations: Path | None = None) -> list[LabelledVideo]:
    """Return the operations, each with the instruments that are seen as spans, which may overlap.

    Args:
        videos: as for the phases.
        annotations: the folder of `videoNN-tool.txt`; None: `tool_annotations` of the data set.

    Raises:
        ValueError: as for the phases.
    """
    return _read(videos, annotations or videos / "tool_annotations", "tool", _tools)


def _read(videos: Path, annotations: Path, kind: str, spans_of: SpansOf) -> list[LabelledVideo]:
    folder = videos / "videos" if (videos / "videos").is_dir() else videos
    tables = sorted(annotations.glob(f"*-{kind}.txt"))
    if not tables:
        raise ValueError(f"{annotations}: files called videoNN-{kind}.txt are required, found none")
    problems = Problems()
    found = []
    for table in tables:
        name = table.stem.removesuffix(f"-{kind}")
        path = find_video(folder, name)
        if path is None:
            problems.add(table, f"the video {folder / name}.mp4 is missing")
            continue
        rows = _checked_rows(table, problems)
        spans = tuple(sorted(spans_of(rows), key=lambda span: span.start_seconds))
        found.append(LabelledVideo(path.name, path, str(table), _part_of(name), spans=spans))
    problems.raise_if_any()
    return found


def _checked_rows(table: Path, problems: Problems) -> list[Row]:
    """Return the rows whose frames are whole numbers that rise."""
    rows, previous = [], -1
    for row in read_table(table, required=(_FRAME,)):
        if not row[_FRAME].isdigit() or int(row[_FRAME]) <= previous:
            problems.add(row.place, f"{_FRAME} must be a whole number above {previous}, got {row[_FRAME]!r}")
            continue
        empty = [column for column in row.values if not row[column]]
        if empty:
            problems.add(row.place, f"{empty[0]} must not be empty")
            continue
        previous = int(row[_FRAME])
        rows.append(row)
    return rows


def _phases(rows: Sequence[Row]) -> Iterator[LabelledSpan]:
    column = next((name for name in rows[0].values if name != _FRAME), _FRAME) if rows else _FRAME
    yield from _runs([(int(row[_FRAME]), row[column], row.place) for row in rows], step=1, may_skip=True)


def _tools(rows: Sequence[Row]) -> Iterator[LabelledSpan]:
    for tool in (name for name in (rows[0].values if rows else ()) if name != _FRAME):
        seen = [(int(row[_FRAME]), tool, row.place) for row in rows if row[tool] == "1"]
        yield from _runs(seen, step=TOOL_STEP_FRAMES, may_skip=False)


def _runs(frames: Sequence[tuple[int, str, str]], *, step: int, may_skip: bool) -> Iterator[LabelledSpan]:
    """Join frames that bear the same label and follow each other into spans.

    Args:
        step: how long the last frame of a span lasts.
        may_skip: frames that are left out bear the label of the one before.
    """
    start = 0
    for index in range(1, len(frames) + 1):
        is_last = index == len(frames)
        changes = not is_last and frames[index][1] != frames[start][1]
        skips = not is_last and not may_skip and frames[index][0] - frames[index - 1][0] > step
        if is_last or changes or skips:
            first, label, origin = frames[start]
            end = frames[index][0] if changes else frames[index - 1][0] + step
            yield LabelledSpan(label, first / FRAME_RATE_HZ, end / FRAME_RATE_HZ, origin)
            start = index


def _part_of(name: str) -> Part | None:
    digits = re.search(r"\d+", name)
    if not digits:
        return None
    number = int(digits.group())
    if number <= _LAST_FOR["train"]:
        return "train"
    return "validation" if number <= _LAST_FOR["validation"] else "test"
