"""Where readings lie that the dashboard shows."""

import json
from pathlib import Path
from typing import Any

from stream.settings import Settings

_SUFFIX = "_echo.json"
_folder: list[Path] = []


def readings_folder(settings: Settings) -> Path:
    """Return the folder of readings of an installation; it may not exist yet."""
    return settings.state_directory / "echo"


def install_readings(folder: Path) -> None:
    """Make this folder the one that the pages of this process show."""
    _folder[:] = [folder]


def current_readings() -> Path:
    """Return the folder of this process."""
    return _folder[0]


def list_readings(folder: Path) -> list[str]:
    """Return the names of the readings in a folder, the newest first."""
    files = sorted(folder.glob(f"*{_SUFFIX}"), key=lambda file: file.stat().st_mtime, reverse=True)
    return [file.name.removesuffix(_SUFFIX) for file in files]


def load_reading(folder: Path, name: str) -> dict[str, Any]:
    """Return a reading as it was written.

    Raises:
        ValueError: it is gone or damaged.
    """
    path = folder / f"{name}{_SUFFIX}"
    try:
        reading = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"the reading {name} cannot be shown: {error}") from error
    if not isinstance(reading, dict):
        raise ValueError(f"the reading {name} cannot be shown: {path} holds no reading")
    return reading


def load_strip(folder: Path, name: str) -> bytes | None:
    """Return the film strip of a reading; None where nothing was to be seen."""
    path = folder / f"{name}_strip.jpg"
    return path.read_bytes() if path.exists() else None
