"""What the page was given to read: kept until it is read, and no longer."""

import shutil
from collections.abc import Sequence
from pathlib import Path, PurePath

from stream.jobs.job import JobStatus


def keep_uploads(folder: Path, files: Sequence[tuple[str, bytes]]) -> Path:
    """Write files into a folder of their own, which nobody else on the machine can read; return it.

    Args:
        folder: new.
        files: names, of which the last part counts, and contents.

    Raises:
        OSError: they cannot be written.
    """
    folder.mkdir(parents=True, mode=0o700)
    for name, content in files:
        (folder / PurePath(name).name).write_bytes(content)
    return folder


def forget_uploads(uploads: Path, jobs: Sequence[JobStatus]) -> None:
    """Remove the folders of which every job has ended.

    Args:
        uploads: where the folders lie.
        jobs: all that are known.
    """
    waiting: dict[Path, bool] = {}
    for job in jobs:
        folder = _upload_of(uploads, Path(job.location))
        if folder is not None:
            waiting[folder] = waiting.get(folder, False) or not job.has_ended
    for folder, is_waiting in waiting.items():
        if not is_waiting:
            shutil.rmtree(folder, ignore_errors=True)


def _upload_of(uploads: Path, location: Path) -> Path | None:
    """Return the folder below `uploads` in which a location lies; None when it lies elsewhere."""
    if not location.is_relative_to(uploads) or location == uploads:
        return None
    return uploads / location.relative_to(uploads).parts[0]
