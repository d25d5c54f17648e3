"""The output folder of batch runs: files appear whole or not at all, and know what they were made from."""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_STAMPS = ".vigil"
"""Hidden folder with one stamp an output name, written last: what the files of that name were made from."""

_LISTS_OF_FILES = ("formats", "products")
"""Entries of a recipe that say which files are made, not what they say."""

Recipe = Mapping[str, Any]
"""Everything that an input's results depend on, as plain JSON values; `formats` and `products` name its files."""


class OutputFolder:
    """Keeps the outputs of one folder apart, complete and resumable."""

    def __init__(self, path: Path) -> None:
        """Make the folder if it is missing.

        Raises:
            OSError: it cannot be made or written.
        """
        self.path = path
        self._stamps = path / _STAMPS
        self._stamps.mkdir(parents=True, exist_ok=True)
        for leftover in self._stamps.glob("draft-*"):
            if not _is_running(leftover.name.rpartition("-")[2]):
                shutil.rmtree(leftover, ignore_errors=True)

    def names_taken(self) -> dict[str, str]:
        """Return the names that earlier runs used, each with the place of its input."""
        return {
            path.stem: str(stamp.get("place", "")) for path in self._stamps.glob("*.json") if (stamp := _read(path))
        }

    def is_finished(self, name: str, recipe: Recipe) -> bool:
        """Whether the files of a name are all there and were made from exactly this; more of them do no harm."""
        stamp = _read(self._stamps / f"{name}.json")
        return (
            stamp is not None
            and _covers(stamp.get("recipe"), json.loads(json.dumps(recipe)))
            and all(_size(self.path / file) == size for file, size in stamp["files"].items())
        )

    def remark(self, name: str) -> str:
        """Return what the finished files of a name lack; empty when nothing."""
        return str((_read(self._stamps / f"{name}.json") or {}).get("remark", ""))

    def files(self, name: str) -> tuple[str, ...]:
        """Return the finished files of a name."""
        return tuple((_read(self._stamps / f"{name}.json") or {"files": {}})["files"])

    def draft(self, name: str) -> "Draft":
        """Begin the files of one name."""
        folder = self._stamps / f"draft-{name}-{os.getpid()}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return Draft(self, name, folder)

    def publish(self, draft: "Draft", *, place: str, recipe: Recipe, remark: str = "") -> tuple[str, ...]:
        """Move the files of a draft into place and stamp them, with what they lack; return their names."""
        stamp = self._stamps / f"{draft.name}.json"
        earlier = _read(stamp) or {"files": {}}
        stamp.unlink(missing_ok=True)
        files = sorted(draft.folder.iterdir())
        sizes = {file.name: file.stat().st_size for file in files}
        for file in files:
            file.replace(self.path / file.name)
        for name in set(earlier["files"]) - set(sizes):  # it would speak of another analysis than those beside it
            (self.path / Path(name).name).unlink(missing_ok=True)
        write_whole(stamp, {"place": place, "recipe": recipe, "files": sizes, "remark": remark})
        return tuple(sizes)


class Draft:
    """The files of one name while they are being made, out of sight."""

    def __init__(self, output: OutputFolder, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder
        self._output = output

    def path(self, suffix: str) -> Path:
        """Return where to write the file that will be `<name><suffix>`."""
        return self.folder / f"{self.name}{suffix}"

    def publish(self, *, place: str, recipe: Recipe, remark: str = "") -> tuple[str, ...]:
        """Move the files into place; see `OutputFolder.publish`."""
        return self._output.publish(self, place=place, recipe=recipe, remark=remark)

    def discard(self) -> None:
        """Remove what was written; published files are not touched."""
        shutil.rmtree(self.folder, ignore_errors=True)


def write_whole(path: Path, value: Any) -> None:
    """Write JSON so that a reader sees the old file or the new one, never a part."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _read(stamp: Path) -> dict[str, Any] | None:
    try:
        record = json.loads(stamp.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) and isinstance(record.get("files"), dict) else None


def _covers(made: Any, wanted: dict[str, Any]) -> bool:
    """Whether a recipe gave all that another asks for, and from the same."""
    if not isinstance(made, dict):
        return False
    return all(
        set(value) <= set(made.get(key, ())) if key in _LISTS_OF_FILES else made.get(key) == value
        for key, value in wanted.items()
    )


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _is_running(process_id: str) -> bool:
    return process_id.isdigit() and Path(f"/proc/{process_id}").exists()
