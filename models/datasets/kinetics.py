"""Tables as Kinetics comes with: `label,youtube_id,time_start,time_end,split`, a video file a row."""

from pathlib import Path

from models.datasets.labelled_video import VIDEO_SUFFIXES, LabelledVideo, part_named
from models.datasets.problems import Problems
from models.datasets.table import Row, read_table

_ID = "youtube_id"
_PATH_COLUMNS = ("path", "file", "video", "filename")


def read_kinetics(videos: Path, annotations: Path | None) -> list[LabelledVideo]:
    """Return the videos of a Kinetics-style table.

    A row with `youtube_id` means the clip `<id>_<start>_<end>.mp4`, its times as six digits, in `videos` or in its
    folder of the part or of the label, as the usual programs store it; or else `<id>.mp4`, of which only the time from
    time_start to time_end is meant. A row with `path` (or file, video, filename) names the file itself.

    Raises:
        ValueError: a row names no label, no file that is there, or a file twice; one line each.

    Source: Kay et al., The Kinetics Human Action Video Dataset, 2017, arXiv:1705.06950.
    """
    if annotations is None:
        raise ValueError("a Kinetics-style data set needs data.annotations: the table of labels and files")
    rows = read_table(annotations, required=("label",))
    path_column = next((column for column in _PATH_COLUMNS if rows and column in rows[0].values), None)
    if rows and path_column is None and _ID not in rows[0].values:
        raise ValueError(f"{annotations}:1: the heading must have {_ID}, or one of {', '.join(_PATH_COLUMNS)}")
    problems, seen = Problems(), dict[str, str]()
    found = [_read_row(row, videos, path_column, problems) for row in rows]
    for video in filter(None, found):
        if video.name in seen:
            problems.add(video.origin, f"{video.name} stands in {seen[video.name]} already")
        seen[video.name] = video.origin
    problems.raise_if_any()
    if not rows:
        raise ValueError(f"{annotations}: at least one row is required below the heading, found none")
    return [video for video in found if video]


def _read_row(row: Row, videos: Path, path_column: str | None, problems: Problems) -> LabelledVideo | None:
    part = part_named(row["split"])
    if not row["label"]:
        problems.add(row.place, "label must not be empty")
    if row["split"] and part is None:
        problems.add(row.place, f"split must be train, validation or test, got {row['split']!r}")
    path, window = (videos / row[path_column], None) if path_column else _find_clip(row, videos, problems)
    if path is None:
        return None
    if not path.is_file():
        problems.add(row.place, f"the video {path} is missing")
    return LabelledVideo(
        name=path.relative_to(videos).as_posix() if not window else f"{path.stem}@{window[0]:g}-{window[1]:g}",
        path=path,
        origin=row.place,
        part=part,
        label=row["label"],
        window=window,
        groups={"subject": row["subject"]} if row["subject"] else {},
    )


def _find_clip(row: Row, videos: Path, problems: Problems) -> tuple[Path | None, tuple[float, float] | None]:
    """Return the file of a clip, and which stretch of it is meant when it is the whole recording."""
    start, end = row.number("time_start", problems), row.number("time_end", problems)
    if start is None or end is None or not row[_ID]:
        if not row[_ID]:
            problems.add(row.place, f"{_ID} must not be empty")
        return None, None
    if not 0 <= start < end:
        problems.add(row.place, f"time_start must come before time_end, got {start:g} and {end:g}")
        return None, None
    folders = [videos, videos / row["split"], videos / row["label"], videos / row["split"] / row["label"]]
    folders += [Path(str(folder).replace(" ", "_")) for folder in folders]
    cut = f"{row[_ID]}_{int(start):06d}_{int(end):06d}"
    for stem, window in ((cut, None), (row[_ID], (start, end))):
        for folder in folders:
            for suffix in sorted(VIDEO_SUFFIXES):
                if (path := folder / f"{stem}{suffix}").is_file():
                    return path, window
    problems.add(row.place, f"the video {cut}.mp4 (or {row[_ID]}.mp4) is missing in {videos}")
    return None, None
