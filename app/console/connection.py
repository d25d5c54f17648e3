"""Where the running system is: how a command finds the settings, the server and the frames."""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from app.console.exits import EXIT_FAILED, EXIT_WRONG_USE, fail
from stream.bus import Bus
from stream.errors import BrokerUnavailable
from stream.settings import Settings, load_settings


def connect(config: Path | None = None) -> Bus:
    """Return a bus to the running system, or end the command with one clear line."""
    settings = read_settings(config)
    url = bus_url(settings)
    if url is None:
        fail(
            f"no Vigil is running here: required REDIS_URL or a server started by `vigil up`, "
            f"found no {server_address_file(settings)}; start `vigil up`, or name the server in REDIS_URL",
            EXIT_FAILED,
        )
    try:
        bus = Bus.connect(url, socket_timeout_seconds=settings.redis.socket_timeout_seconds)
        bus.ping()
    except BrokerUnavailable as error:
        fail(str(error), EXIT_FAILED)
    except ValueError as error:
        fail(str(error), EXIT_WRONG_USE)
    return bus


def read_settings(config: Path | None = None) -> Settings:
    """Return the settings, or end the command with exit code 2 and a line for each wrong key."""
    try:
        return load_settings(config)
    except ValueError as error:
        fail(str(error), EXIT_WRONG_USE)


def bus_url(settings: Settings) -> str | None:
    """Return the address of the server: as configured, or as our own server wrote it."""
    if settings.redis.url is not None:
        return settings.redis.url.get_secret_value()
    path = server_address_file(settings)
    return path.read_text(encoding="utf-8").strip() if path.exists() else None


def server_address_file(settings: Settings) -> Path:
    return settings.state_directory / "server" / "server.url"


def frames_url(settings: Settings) -> str:
    """Return where frames are: as configured, or a folder in shared memory that belongs to this state directory."""
    if settings.frames.url is not None:
        return settings.frames.url.get_secret_value()
    return f"shm://{_frames_folder(settings)}"


def remove_own_frames(settings: Settings) -> None:
    """Delete what is left of the frames in this machine's memory, once nobody reads them any more."""
    if settings.frames.url is None:
        shutil.rmtree(_frames_folder(settings), ignore_errors=True)


def _frames_folder(settings: Settings) -> Path:
    shared_memory = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else Path(tempfile.gettempdir())
    name = hashlib.sha256(str(settings.state_directory.resolve()).encode()).hexdigest()[:12]
    return shared_memory / f"vigil-{os.getuid()}-{name}"
