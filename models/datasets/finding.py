"""Finds the video that an annotation speaks of, however its path is written."""

from pathlib import Path, PureWindowsPath

from models.datasets.labelled_video import VIDEO_SUFFIXES


def find_video(videos: Path, name: str) -> Path | None:
    """Return the video of that name below a folder, or None.

    Annotation programs write the path that the video had on the annotator's machine: only its last part counts when
    the whole is not there. A name without the suffix of a video gets any that fits.
    """
    if not name:
        return None
    last = PureWindowsPath(name).name  # understands both kinds of slash
    for candidate in (videos / name, videos / last):
        if candidate.is_file():
            return candidate
    return next((path for suffix in sorted(VIDEO_SUFFIXES) if (path := videos / f"{last}{suffix}").is_file()), None)
