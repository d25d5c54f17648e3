"""Files that appear under their name only when they are whole: nobody reads half of one, and none is left behind."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a place beside a file to write it at; it becomes the file when the block ends well, else it is removed.

    One process at a time may write a file in this way.

    Raises:
        OSError: the file cannot take its place; what was there before still is.
    """
    draft = path.with_name(f".{path.name}.part")
    try:
        yield draft
        draft.replace(path)
    finally:
        with suppress(OSError):  # what went wrong is already on its way, or nothing did and there is none
            draft.unlink()
