"""Where the results of submitted pictures and volumes lie unless somebody says otherwise, and what is uploaded."""

from pathlib import Path

from stream.settings import Settings

_folders: list[Path] = []


def results_folder(settings: Settings) -> Path:
    """Return the folder of results of an installation; it may not exist yet."""
    return settings.state_directory / "readings"


def uploads_folder(settings: Settings) -> Path:
    """Return where the page keeps what it was given until it is read; it may not exist yet."""
    return settings.state_directory / "uploads"


def install_results(settings: Settings) -> None:
    """Make these folders the ones that the pages of this process use."""
    _folders[:] = [results_folder(settings).resolve(), uploads_folder(settings).resolve()]


def current_results() -> Path:
    """Return the folder of results of this process."""
    return _folders[0]


def current_uploads() -> Path:
    """Return the folder of uploads of this process."""
    return _folders[1]
