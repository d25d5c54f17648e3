"""Opens the frame store that an address names."""

from pathlib import Path

from stream.frames.files import FileFrameStore
from stream.frames.server import ServerFrameStore
from stream.frames.store import FrameStore


def open_frame_store(url: str, *, retention_seconds: float = 60.0) -> FrameStore:
    """Open the frame store at an address.

    Args:
        url: `shm:///dev/shm/NAME`, a directory in shared memory, or the `redis://`, `rediss://` or `unix://`
            address of a server that keeps nothing.
        retention_seconds: how long that server keeps a chunk; files are pruned by `prune`.

    Raises:
        ValueError: the address is of neither kind, or the server would keep pixels.
        BrokerUnavailable: the server does not answer.
    """
    scheme, _, rest = url.partition("://")
    if scheme == "shm" and rest.startswith("/"):
        return FileFrameStore(Path(rest))
    if scheme in ("redis", "rediss", "unix"):
        return ServerFrameStore(url, retention_seconds=retention_seconds)
    raise ValueError(
        f"a frame store's address must be shm:///DIRECTORY, redis://HOST or unix:///SOCKET, got scheme {scheme!r}"
    )
