"""Where readings lie that the dashboard shows."""

from pathlib import Path

from stream.settings import Settings


def readings_folder(settings: Settings) -> Path:
    """Return the folder of readings of an installation; it may not exist yet."""
    return settings.state_directory / "echo"
