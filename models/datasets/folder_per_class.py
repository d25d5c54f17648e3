"""A folder a class, with its videos: `ROOT/CLASS/*.mp4`, or `ROOT/train/CLASS/*.mp4` and so on."""

from collections.abc import Iterator
from pathlib import Path

from models.datasets.labelled_video import VIDEO_SUFFIXES, LabelledVideo, Part, part_named
from models.datasets.problems import Problems


def read_folder_per_class(videos: Path, annotations: Path | None = None) -> list[LabelledVideo]:
    """Return the videos of a data set whose folders are its labels.

    Args:
        videos: the data set's folder. When all folders in it are called train, val, test or alike, they are its parts.
        annotations: none are needed.

    Raises:
        ValueError: there is no such folder, or a folder of it holds no video.
    """
    problems = Problems()
    found = [video for folder, part in _class_folders(videos) for video in _read_class(videos, folder, part, problems)]
    problems.raise_if_any()
    if not found:
        raise ValueError(f"{videos}: a folder for each class with videos in it is required, found no folder")
    return found


def _class_folders(root: Path) -> Iterator[tuple[Path, Part | None]]:
    folders = _folders(root)
    are_parts = bool(folders) and all(part_named(folder.name) for folder in folders)
    for folder in folders:
        if are_parts:
            yield from ((inner, part_named(folder.name)) for inner in _folders(folder))
        else:
            yield folder, None


def _folders(root: Path) -> list[Path]:
    try:
        return sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))
    except OSError as error:
        raise ValueError(f"{root}: the data set's folder cannot be read: {error.strerror}") from error


def _read_class(root: Path, folder: Path, part: Part | None, problems: Problems) -> list[LabelledVideo]:
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in VIDEO_SUFFIXES)
    if not paths:
        problems.add(folder, f"a class needs videos ({', '.join(sorted(VIDEO_SUFFIXES))}), found none")
    return [
        LabelledVideo(name=path.relative_to(root).as_posix(), path=path, origin=str(path), part=part, label=folder.name)
        for path in paths
    ]
