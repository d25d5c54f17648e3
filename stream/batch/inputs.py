"""Which videos a batch run is about: paths, URLs, folders and globs become a list of inputs."""

import glob
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_READ = frozenset({".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".m2ts", ".mts"})
"""Read, when they are what they claim."""
_REFUSED = frozenset({".mpg", ".mpeg", ".wmv", ".flv", ".3gp", ".h264", ".h265", ".hevc", ".mjpeg", ".gif"})
"""Refused by name, not passed over."""
VIDEO_EXTENSIONS = _READ | _REFUSED
DICOM_EXTENSIONS = frozenset({".dcm", ".dicom"})
_URL = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+://")


@dataclass(frozen=True)
class AnalysisInput:
    """One video to analyse."""

    location: str
    """Path or URL, as it is opened."""
    size_bytes: int = 0
    """Its share of the whole work, for the time left; 0 for URLs."""

    @property
    def stem(self) -> str:
        """Last part of the path or URL without its extension."""
        path = self.location.split("?")[0] if is_url(self.location) else self.location
        name = Path(path.rstrip("/")).name
        return Path(name.removesuffix(".gz") if name.lower().endswith(".nii.gz") else name).stem or "input"


@dataclass(frozen=True)
class FoundInputs:
    """What the patterns of a command line stand for."""

    inputs: tuple[AnalysisInput, ...]
    unmatched: tuple[tuple[str, str], ...]
    """Folders and globs that hold nothing to analyse, each with the reason."""
    num_ignored: int
    """Files of the folders that are neither video nor DICOM."""


@dataclass(frozen=True)
class Wanted:
    """Which files of a folder count."""

    accepts: Callable[[Path], bool]
    """Whether a file is worth opening."""
    name: str
    """What is missing where no file counts, after "holds no"."""


def find_inputs(patterns: Sequence[str], *, excluded: Sequence[Path] = (), wanted: Wanted | None = None) -> FoundInputs:
    """Expand paths, URLs, folders (recursively) and globs into inputs, each once, in the order given.

    A file or URL that is named is always an input, whatever it holds: opening it says what is wrong with it.
    Of a folder only files count that are wanted, by default those that look like video or DICOM by extension or first
    bytes; hidden files, and files below `excluded`, are passed over.
    """
    wanted = wanted or Wanted(looks_like_video, "video and no DICOM file")
    inputs: dict[str, AnalysisInput] = {}
    unmatched: list[tuple[str, str]] = []
    num_ignored = 0
    barred = {path.resolve() for path in excluded}
    for pattern in patterns:
        found, ignored, reason = _expand(pattern, barred, wanted)
        num_ignored += ignored
        if reason:
            unmatched.append((pattern, reason))
        for entry in found:
            inputs.setdefault(_identity(entry.location), entry)
    return FoundInputs(tuple(inputs.values()), tuple(unmatched), num_ignored)


def is_url(location: str) -> bool:
    return _URL.match(location) is not None


def looks_like_video(path: Path) -> bool:
    """Whether a file of a folder is worth opening: by its extension, else by its first bytes."""
    extension = path.suffix.lower()
    if extension in VIDEO_EXTENSIONS | DICOM_EXTENSIONS:
        return True
    return extension == "" and _has_video_magic(path)


def _expand(pattern: str, barred: set[Path], wanted: Wanted) -> tuple[list[AnalysisInput], int, str]:
    """Return the inputs of one pattern, how many files were passed over, and why there is none (or "")."""
    path = Path(pattern)
    if is_url(pattern) or path.is_file():
        return [_input(pattern)], 0, ""
    if path.is_dir():
        found, ignored = _search(path, barred, wanted)
        return found, ignored, "" if found else f"the folder holds no {wanted.name}"
    if not glob.has_magic(pattern):
        return [_input(pattern)], 0, ""
    found, ignored = [], 0
    for match in sorted(glob.glob(pattern, recursive=True), key=natural_order):  # noqa: PTH207 (absolute patterns too)
        if Path(match).is_dir():
            continue
        if wanted.accepts(Path(match)):
            found.append(_input(match))
        else:
            ignored += 1
    return found, ignored, "" if found else f"the pattern matches no {wanted.name}"


def _search(folder: Path, barred: set[Path], wanted: Wanted) -> tuple[list[AnalysisInput], int]:
    found: list[AnalysisInput] = []
    num_ignored = 0
    for path in _visible_files(folder, barred):
        if wanted.accepts(path):
            found.append(_input(str(path)))
        else:
            num_ignored += 1
    return found, num_ignored


def _visible_files(folder: Path, barred: set[Path]) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(
            (name for name in folders if not name.startswith(".") and (Path(root) / name).resolve() not in barred),
            key=natural_order,
        )
        for name in sorted(files, key=natural_order):
            path = Path(root) / name
            if not name.startswith(".") and path.is_file() and path.resolve() not in barred:
                yield path


def _has_video_magic(path: Path) -> bool:
    """Whether a file without extension begins like DICOM, MP4, Matroska or AVI."""
    try:
        with path.open("rb") as file:
            head = file.read(132)
    except OSError:
        return False
    return (
        head[128:132] == b"DICM"
        or head[4:8] == b"ftyp"
        or head[:4] == b"\x1aE\xdf\xa3"
        or (head[:4] == b"RIFF" and head[8:12] == b"AVI ")
    )


def natural_order(name: str) -> list[tuple[int, str]]:
    """Sort key by which clip2 comes before clip10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name.lower())]


def _input(location: str) -> AnalysisInput:
    try:
        return AnalysisInput(location, Path(location).stat().st_size)
    except OSError:
        return AnalysisInput(location)


def _identity(location: str) -> str:
    return location if is_url(location) else str(Path(location).resolve())
