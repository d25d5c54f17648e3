"""Where the results of submitted pictures and volumes lie unless somebody says otherwise."""

from pathlib import Path

from stream.settings import Settings


def results_folder(settings: Settings) -> Path:
    """Return the folder of an installation; it may not exist yet."""
    return settings.state_directory / "readings"
