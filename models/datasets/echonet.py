"""EchoNet-Dynamic: apical four-chamber loops with ejection fraction, volumes and traced left ventricles.

Source: Ouyang et al., Video-based AI for beat-to-beat assessment of cardiac function, Nature 580:252, 2020; the layout
of the data set (echonet.github.io/dynamic): FileList.csv, VolumeTracings.csv and Videos/.
"""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from models.datasets.finding import find_video
from models.datasets.labelled_video import VIDEO_SUFFIXES, LabelledVideo, Outline, part_named
from models.datasets.problems import Problems
from models.datasets.table import Row, read_table

FILE_LIST, TRACINGS = "FileList.csv", "VolumeTracings.csv"
SIDE_PIXELS = 112
"""Height and width of the published videos, for lists without FrameHeight and FrameWidth."""
MIN_CHORDS = 3
_NUMBERS = {"EF": "ef_percent", "ESV": "esv_ml", "EDV": "edv_ml"}
_SIZES = ("FrameWidth", "FrameHeight")
_ENDS = ("X1", "Y1", "X2", "Y2")


def read_echonet(videos: Path, annotations: Path | None = None) -> list[LabelledVideo]:
    """Return the loops with `ef_percent`, `esv_ml`, `edv_ml` and the outlines of the ventricle where it was traced.

    Args:
        videos: the data set's folder, with `Videos/`, or the folder of the videos alone.
        annotations: the folder of FileList.csv and VolumeTracings.csv; None: the data set's. Without tracings the
            loops have no outlines.

    Raises:
        ValueError: a video is missing, EF is outside 0..100, ESV is above EDV, or a tracing lies outside its picture or
            belongs to no loop; one line each.
    """
    tables = annotations or videos
    folder = videos / "Videos" if (videos / "Videos").is_dir() else videos
    rows = read_table(tables / FILE_LIST, required=("FileName", "EF", "Split"))
    if not rows:
        raise ValueError(f"{tables / FILE_LIST}: at least one loop is required below the heading, found none")
    problems = Problems()
    loops = {_stem(row["FileName"]): row for row in rows}
    outlines = _read_outlines(tables / TRACINGS, loops, problems) if (tables / TRACINGS).exists() else {}
    found = [_read_loop(folder, name, row, outlines.get(name, ()), problems) for name, row in loops.items()]
    problems.raise_if_any()
    return [video for video in found if video]


def _read_loop(
    folder: Path, name: str, row: Row, outlines: tuple[Outline, ...], problems: Problems
) -> LabelledVideo | None:
    numbers = {ours: row.number(theirs, problems) for theirs, ours in _NUMBERS.items() if row[theirs] or theirs == "EF"}
    known = {ours: value for ours, value in numbers.items() if value is not None}
    if not 0 <= known.get("ef_percent", 0.0) <= 100:
        problems.add(row.place, f"EF must lie in 0..100 percent, got {known['ef_percent']:g}")
    if known.get("esv_ml", 0.0) > known.get("edv_ml", float("inf")):
        problems.add(row.place, f"ESV must not be above EDV, got {known['esv_ml']:g} and {known['edv_ml']:g} ml")
    part = part_named(row["Split"])
    if part is None:
        problems.add(row.place, f"Split must be TRAIN, VAL or TEST, got {row['Split']!r}")
    path = find_video(folder, row["FileName"])
    if path is None:
        problems.add(row.place, f"the video {row['FileName']} is missing in {folder}")
        return None
    return LabelledVideo(name, path, row.place, part, numbers=known, outlines=outlines)


def _read_outlines(table: Path, loops: Mapping[str, Row], problems: Problems) -> dict[str, tuple[Outline, ...]]:
    chords: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in read_table(table, required=("FileName", *_ENDS, "Frame")):
        frame = row.number("Frame", problems)
        if _stem(row["FileName"]) not in loops:
            problems.add(row.place, f"{row['FileName']} is not in {FILE_LIST}")
        elif frame is not None and _is_inside(row, loops[_stem(row["FileName"])], frame, problems):
            chords[_stem(row["FileName"]), int(frame)].append(row)
    outlines: dict[str, list[Outline]] = defaultdict(list)
    for (name, frame_index), rows in sorted(chords.items()):
        if len(rows) < MIN_CHORDS + 1:
            problems.add(rows[0].place, f"a tracing needs its long axis and {MIN_CHORDS} chords, got {len(rows)} rows")
        else:
            outlines[name].append(Outline(frame_index, _polygon(rows)))
    return {name: tuple(found) for name, found in outlines.items()}


def _is_inside(row: Row, loop: Row, frame: float, problems: Problems) -> bool:
    """Return whether both ends of a chord lie in the picture, and its frame in the loop; else says so."""
    ends = [row.number(column, problems) for column in _ENDS]
    if any(end is None for end in ends):
        return False
    sizes = [float(loop[column]) if loop[column] else SIDE_PIXELS for column in _SIZES]
    for column, value, size in zip(_ENDS, ends, sizes * 2, strict=True):
        if value is not None and not 0 <= value <= size:
            problems.add(row.place, f"{column} must lie in the picture, 0..{size:g}, got {value:g}")
            return False
    last = float(loop["NumberOfFrames"]) - 1 if loop["NumberOfFrames"] else float("inf")
    if not 0 <= frame <= last:
        problems.add(row.place, f"Frame must lie in the loop, 0..{last:g}, got {frame:g}")
        return False
    return True


def _polygon(rows: list[Row]) -> np.ndarray:
    """Return the border: down one end of the chords and up the other; the first row is the long axis."""
    ends = np.array([[float(row[column]) for column in _ENDS] for row in rows[1:]])
    return np.concatenate([ends[:, :2], ends[::-1, 2:]])


def _stem(name: str) -> str:
    """Return a loop's name, which the tables write with and without the video's suffix."""
    path = Path(name)
    return path.stem if path.suffix.lower() in VIDEO_SUFFIXES else name
